import { excludedBy, isObject, type Keywords } from './keywords.ts';
import { typesOf, typeNames, type TypeName } from './types.ts';
import { valuesOf } from './values.ts';

/** What says the opposite of a bound, for values of a type. */
const opposites: readonly (readonly [
  keyword: string,
  type: TypeName,
  opposite: string,
  shift: number,
])[] = [
  ['minimum', 'number', 'exclusiveMaximum', 0],
  ['exclusiveMinimum', 'number', 'maximum', 0],
  ['maximum', 'number', 'exclusiveMinimum', 0],
  ['exclusiveMaximum', 'number', 'minimum', 0],
  ['minLength', 'string', 'maxLength', -1],
  ['maxLength', 'string', 'minLength', 1],
  ['minItems', 'array', 'maxItems', -1],
  ['maxItems', 'array', 'minItems', 1],
  ['minProperties', 'object', 'maxProperties', -1],
  ['maxProperties', 'object', 'minProperties', 1],
];

/**
 * Options of which each leaves values alone that a schema does not hold of, the schema being without references and combinations: of
 * another type, other than its values, beyond its bounds, without a property that it requires, or with a property that its schema does not
 * hold of. What other keywords forbid, such as a pattern, is not among them.
 *
 * @param ofProperties which schemas of properties are looked into
 */
export function negated(
  schema: Keywords | boolean,
  where: string,
  ofProperties: (schema: unknown) => boolean = () => true,
): (Keywords | boolean)[] {
  if (typeof schema === 'boolean') return schema ? [] : [true];
  const values = valuesOf(schema, where);
  if (values) return values.length === 0 ? [true] : [{ not: { enum: values } }];
  const { required = [], properties = {} } = schema;
  const types = typesOf(schema, where);
  const others = typeNames.filter(
    (type) =>
      type !== 'integer' &&
      !types?.includes(type) &&
      !(type === 'number' && types?.includes('integer')),
  );
  const excluded = excludedBy(schema);
  return [
    ...(types && others.length > 0 ? [{ type: others }] : []),
    ...(excluded.length > 0 ? [{ enum: excluded }] : []),
    ...opposites.flatMap(([keyword, type, opposite, shift]) => {
      const bound = schema[keyword];
      return typeof bound === 'number' && bound + shift >= (shift === 0 ? -Infinity : 0)
        ? [{ type, [opposite]: bound + shift }]
        : [];
    }),
    ...(Array.isArray(required) ? (required as string[]) : []).map((name) => ({
      type: 'object',
      properties: { [name]: false },
    })),
    ...Object.entries(isObject(properties) ? properties : {})
      .filter(([, its]) => its !== true && ofProperties(its))
      .map(([name, its]) => ({
        type: 'object',
        required: [name],
        properties: { [name]: { not: its } },
      })),
  ];
}

import { isObject, refuse, type Keywords } from './keywords.ts';

/** The types of JSON values, and that of whole numbers among them. */
export const typeNames = [
  'object',
  'array',
  'string',
  'number',
  'integer',
  'boolean',
  'null',
] as const;
/** A type of JSON values. */
export type TypeName = (typeof typeNames)[number];

/** Keywords that say something of values of some types. */
export const keywordsOf: Readonly<Record<string, readonly string[]>> = {
  object: [
    'properties',
    'patternProperties',
    'additionalProperties',
    'propertyNames',
    'required',
    'minProperties',
    'maxProperties',
    'dependentRequired',
    'dependentSchemas',
  ],
  array: ['items', 'prefixItems', 'minItems', 'maxItems', 'uniqueItems'],
  string: ['minLength', 'maxLength', 'pattern', 'format'],
  number: ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'],
};

/** The types that a schema names. @throws `invalid-schema` */
export function typesOf({ type }: Keywords, where: string): readonly TypeName[] | undefined {
  if (type === undefined) return undefined;
  const types = [type].flat() as unknown[];
  const wrong = types.find((one) => !typeNames.includes(one as TypeName));
  if (types.length === 0 || wrong !== undefined)
    refuse(where, `"type" is ${JSON.stringify(type)}`, type, typeNames, 'invalid-schema');
  return types as TypeName[];
}

/** The types that keywords speak of, where none is named; all where they speak of none. */
export function impliedTypes(keywords: readonly string[]): readonly TypeName[] {
  const spoken = (['object', 'array', 'string', 'number'] as const).filter((type) =>
    keywords.some((keyword) => keywordsOf[type]!.includes(keyword)),
  );
  return spoken.length > 0 ? spoken : typeNames.filter((type) => type !== 'integer');
}

/** Values of some types. */
export function ofTypes(
  values: readonly unknown[],
  types: readonly TypeName[] | undefined,
): readonly unknown[] {
  if (!types) return values;
  const isOf: Readonly<Record<TypeName, (value: unknown) => boolean>> = {
    object: isObject,
    array: Array.isArray,
    string: (value) => typeof value === 'string',
    number: (value) => typeof value === 'number',
    integer: Number.isInteger,
    boolean: (value) => typeof value === 'boolean',
    null: (value) => value === null,
  };
  return values.filter((value) => types.some((type) => isOf[type](value)));
}

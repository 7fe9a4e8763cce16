import { bothTexts, hasNoText, isTextOf, otherTexts } from '../character-machine.ts';
import { choice, literal, rule, type Grammar } from '../grammar.ts';
import { constant, memberOf, stringOf } from '../json-text.ts';
import { inOrder } from './in-order.ts';
import {
  bounds,
  isObject,
  pointerOf,
  refuse,
  together,
  type Keywords,
  type SchemaScope,
} from './keywords.ts';
import { textsOfPattern, textsOfStrings } from './strings.ts';
import { valuesOf } from './values.ts';

/** Kinds of names that patterns may part. */
const mostKinds = 32;

/** Schemas by name or pattern. @throws `invalid-schema` */
function schemasBy(schema: Keywords, keyword: string, where: string): Keywords {
  const given = schema[keyword] ?? {};
  return isObject(given)
    ? given
    : refuse(where, `"${keyword}" is no object`, given, 'schemas by name', 'invalid-schema');
}

/** What `propertyNames` leaves: names one by one, or texts; `undefined` where it leaves any. */
function namesOf(
  schema: Keywords,
  where: string,
  { optionsOf }: SchemaScope,
): { readonly texts?: Grammar; readonly listed?: readonly string[] } {
  const { propertyNames: names = true } = schema;
  const place = pointerOf(where, 'propertyNames');
  const options = optionsOf(together(names, { type: 'string' }), place);
  const kinds = options.map((option) => {
    if (typeof option === 'boolean') return { texts: undefined };
    const values = valuesOf(option, place) as readonly string[] | undefined;
    return values
      ? { texts: choice(...values.map(literal)), values }
      : { texts: textsOfStrings(option, place) };
  });
  const listed = kinds.flatMap(({ values = [] }) => values);
  const isListed = kinds.every(({ values }) => values !== undefined);
  if (kinds.some(({ texts }) => texts === undefined)) return {};
  return {
    texts: choice(...kinds.map(({ texts }) => texts!)),
    ...(isListed ? { listed } : {}),
  };
}

/**
 * Objects: properties in the order of the schema, then names that `propertyNames` lists, then others that it requires. Others come after these only where
 * `additionalProperties` or `patternProperties` says what they are, or where the schema names none.
 */
export function objectOf(schema: Keywords, where: string, scope: SchemaScope): Grammar {
  const properties = schemasBy(schema, 'properties', where);
  const patterns = schemasBy(schema, 'patternProperties', where);
  const { required = [], additionalProperties: rest = true } = schema;
  if (!Array.isArray(required) || !required.every((name) => typeof name === 'string'))
    return refuse(where, '"required" is no list of names', required, 'names', 'invalid-schema');
  const { texts, listed = [] } = namesOf(schema, where, scope);
  const { least, most } = bounds(schema, ['minProperties', 'maxProperties'], where);

  const texted = Object.keys(patterns).map((pattern) => ({
    texts: textsOfPattern(pattern, 'anywhere'),
    schema: patterns[pattern],
    place: pointerOf(where, 'patternProperties', pattern),
  }));
  /** The rule of a property: of all that is said of its name. */
  const ruleOfName = (name: string): Grammar => {
    if (texts && !isTextOf(texts, name)) return choice();
    const said = [
      ...(Object.hasOwn(properties, name)
        ? [{ schema: properties[name], place: pointerOf(where, 'properties', name) }]
        : []),
      ...texted.filter((pattern) => isTextOf(pattern.texts, name)),
    ];
    if (said.length === 0) return scope.ruleOf(rest, pointerOf(where, 'additionalProperties'));
    return said.length === 1
      ? scope.ruleOf(said[0]!.schema, said[0]!.place)
      : scope.ruleOf(
          together(...said.map((one) => one.schema)),
          pointerOf(where, 'properties and patternProperties', name),
        );
  };
  const names = [...new Set([...Object.keys(properties), ...listed, ...required])];
  const forbidden = required.find(
    (name) =>
      rest === false &&
      !Object.hasOwn(properties, name) &&
      !texted.some((pattern) => isTextOf(pattern.texts, name)),
  );
  if (forbidden !== undefined)
    return scope.none(
      `${where}: "${forbidden}" is required, and "additionalProperties" forbids it`,
    );
  const parts = names
    .filter((name) => properties[name] !== false || required.includes(name))
    .map((name) => ({
      isRequired: required.includes(name),
      grammar: memberOf(constant(name), ruleOfName(name)),
    }));
  const isOpen =
    Object.hasOwn(schema, 'additionalProperties') ||
    (names.length === 0 && !Object.hasOwn(schema, 'properties') && texted.length === 0);
  const others = membersBeside(names, texts, texted, isOpen ? rest : false, where, scope);
  if (others && least > parts.length + 1)
    refuse(
      where,
      `"minProperties" is ${least}, and names may be any: two of them could be the same`,
      least,
      `at most ${parts.length + 1}, as "properties" names ${parts.length}; more where "propertyNames" lists names`,
    );
  return inOrder(
    { brackets: ['{', '}'], parts, ...(others ? { others } : {}), least, most },
    where,
    scope,
  );
}

/** Members whose names no schema gives: kinds of names that the same patterns match. */
function membersBeside(
  names: readonly string[],
  texts: Grammar | undefined,
  patterns: readonly { readonly texts: Grammar; readonly schema: unknown }[],
  rest: unknown,
  where: string,
  { ruleOf }: SchemaScope,
): Grammar | undefined {
  if (patterns.length === 0 && rest === false) return undefined;
  const restPlace = pointerOf(where, 'additionalProperties');
  if (patterns.length === 0 && names.length === 0 && !texts)
    return memberOf(rule('string'), ruleOf(rest, restPlace));
  const unnamed = otherTexts(choice(...names.map(literal)));
  let kinds: { texts: Grammar; matched: readonly number[] }[] = [
    { texts: texts ? bothTexts(unnamed, texts) : unnamed, matched: [] },
  ];
  for (const [i, pattern] of patterns.entries()) {
    const others = otherTexts(pattern.texts);
    kinds = kinds
      .flatMap((kind) => [
        { texts: bothTexts(kind.texts, pattern.texts), matched: [...kind.matched, i] },
        { texts: bothTexts(kind.texts, others), matched: kind.matched },
      ])
      .filter((kind) => !hasNoText(kind.texts));
    if (kinds.length > mostKinds)
      refuse(where, '"patternProperties" overlap too much', patterns.length, 'fewer patterns');
  }
  const members = kinds.flatMap(({ texts: name, matched }) => {
    const schemas = matched.map((i) => patterns[i]!.schema);
    const value = schemas.length === 0 ? rest : together(...schemas);
    const place =
      schemas.length === 0
        ? restPlace
        : pointerOf(where, 'patternProperties', matched.join(' and '));
    return value === false ? [] : [memberOf(stringOf(name), ruleOf(value, place))];
  });
  return members.length === 0 ? undefined : choice(...members);
}

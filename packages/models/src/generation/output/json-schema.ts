import { nearest } from '@tunesmith/schema';
import { modelsError } from '../../errors.ts';
import { readExpression } from './expression.ts';
import { choice, literal, rule, sequence, type Grammar, type Rules } from './grammar.ts';
import {
  bracketed,
  constant,
  jsonRules,
  memberOf,
  numbersBetween,
  separator,
  stringOf,
} from './json-text.ts';

/** A JSON Schema. */
export type JsonSchema = boolean | { readonly [keyword: string]: unknown };

type Keywords = { readonly [keyword: string]: unknown };

const typeNames = ['object', 'array', 'string', 'number', 'integer', 'boolean', 'null'] as const;
type TypeName = (typeof typeNames)[number];

/** What says nothing of values. */
const annotations = new Set(
  '$schema $id $comment $defs definitions title description default examples deprecated readOnly writeOnly'.split(
    ' ',
  ),
);

/** Keywords that say something of values of some types. */
const keywordsOf: Readonly<Record<string, readonly string[]>> = {
  object: ['properties', 'required', 'additionalProperties'],
  array: ['items', 'prefixItems', 'minItems', 'maxItems'],
  string: ['minLength', 'maxLength', 'pattern', 'format'],
  number: ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum'],
};

const deciding = ['type', 'enum', 'const', 'anyOf', '$ref'];

const supported = [...deciding, ...Object.values(keywordsOf).flat()];

const date =
  '\\d{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\\d|3[01])|(?:0[469]|11)-(?:0[1-9]|[12]\\d|30)|02-(?:0[1-9]|1\\d|2[0-8]))';
const time =
  '(?:[01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(?:\\.\\d{1,6})?(?:Z|[+-](?:[01]\\d|2[0-3]):[0-5]\\d)';

/** Formats, as patterns; some dates are left out (leap days), so that every text is one. */
const formats: Readonly<Record<string, string>> = {
  date,
  time,
  'date-time': `${date}T${time}`,
  uuid: '[\\da-f]{8}-[\\da-f]{4}-[\\da-f]{4}-[\\da-f]{4}-[\\da-f]{12}',
};

function isObject(value: unknown): value is Keywords {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function refuse(
  where: string,
  message: string,
  value: unknown,
  accepted: string | readonly string[],
  code = 'unsupported-schema',
): never {
  throw modelsError({ code, message: `${where}: ${message}`, value, accepted });
}

/** A number among keywords. @throws `invalid-schema` */
function numberAt(
  schema: Keywords,
  keyword: string,
  where: string,
  whole = true,
): number | undefined {
  const value = schema[keyword];
  if (value === undefined) return undefined;
  const fits = typeof value === 'number' && (!whole || (Number.isSafeInteger(value) && value >= 0));
  if (fits) return value;
  const accepted = whole ? 'a whole number, 0 or more' : 'a number';
  return refuse(
    where,
    `"${keyword}" is ${JSON.stringify(value)}`,
    value,
    accepted,
    'invalid-schema',
  );
}

/** Fewest and most, as two keywords say. */
function bounds(schema: Keywords, names: readonly [string, string], where: string) {
  const least = numberAt(schema, names[0], where) ?? 0;
  const most = numberAt(schema, names[1], where) ?? Infinity;
  if (least > most)
    refuse(
      where,
      `"${names[0]}" is above "${names[1]}"`,
      least,
      `at most ${most}`,
      'invalid-schema',
    );
  return { least, most };
}

function pointerOf(where: string, ...keys: readonly (string | number)[]): string {
  return [
    where,
    ...keys.map((key) => String(key).replaceAll('~', '~0').replaceAll('/', '~1')),
  ].join('/');
}

/**
 * The rules of JSON that a schema holds of. Every text that follows them is valid under JSON Schema 2020-12 (and draft 7); not every
 * valid one follows them: properties come in the order of the schema and none that it does not name, a number has at most 15 digits
 * before and after its point, and values of `enum` and `const` are written as `JSON.stringify` writes them.
 *
 * @throws `unsupported-schema` naming the keyword and where it stands; `invalid-schema`; `impossible-output`
 */
export function schemaRules(root: JsonSchema): Rules {
  const rules = new Map(jsonRules);

  /** The rule of the schema that stands at a pointer. */
  const ruleOf = (schema: unknown, where: string): Grammar => {
    if (!rules.has(where)) {
      rules.set(where, sequence());
      rules.set(where, grammarOf(schema, where));
    }
    return rule(where);
  };

  const referred = (reference: unknown, where: string): Grammar => {
    if (typeof reference !== 'string' || !/^#(?:\/|$)/.test(reference))
      return refuse(
        where,
        `"$ref" is ${JSON.stringify(reference)}`,
        reference,
        'a pointer into the schema itself, such as "#/$defs/name"',
      );
    let found: unknown = root;
    for (const part of reference.split('/').slice(1)) {
      const key = decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~');
      const within = typeof found === 'object' && found !== null && Object.hasOwn(found, key);
      if (!within)
        refuse(
          where,
          `"$ref" is ${JSON.stringify(reference)}, which is not there`,
          reference,
          'a pointer to a schema',
          'invalid-schema',
        );
      found = (found as Keywords)[key];
    }
    return ruleOf(found, decodeURIComponent(reference));
  };

  const objectOf = (schema: Keywords, where: string): Grammar => {
    const { properties = {}, required = [], additionalProperties: others = true } = schema;
    if (!isObject(properties))
      return refuse(
        where,
        '"properties" is no object',
        properties,
        'schemas by name',
        'invalid-schema',
      );
    if (!Array.isArray(required) || !required.every((name) => typeof name === 'string'))
      return refuse(where, '"required" is no list of names', required, 'names', 'invalid-schema');
    const unnamed = required.filter((name) => !Object.hasOwn(properties, name));
    if (others === false && unnamed.length > 0)
      refuse(
        where,
        `"${unnamed[0]}" is required, and "additionalProperties" forbids it`,
        unnamed[0],
        Object.keys(properties),
        'impossible-output',
      );
    const other = (): Grammar => ruleOf(others, pointerOf(where, 'additionalProperties'));
    const members = [
      ...Object.keys(properties).filter(
        (name) => properties[name] !== false || required.includes(name),
      ),
      ...unnamed,
    ].map((name) => ({
      isRequired: required.includes(name),
      grammar: memberOf(
        constant(name),
        Object.hasOwn(properties, name)
          ? ruleOf(properties[name], pointerOf(where, 'properties', name))
          : other(),
      ),
    }));
    if (members.length === 0)
      return others === false || Object.hasOwn(schema, 'properties')
        ? literal('{}')
        : bracketed('{', memberOf(rule('string'), other()), '}', 0, Infinity);
    /** What may follow when the members before `from` are done: all that are left, each with its comma. */
    const restOf = (from: number): Grammar => {
      const name = `${where} after ${from}`;
      const next = members[from];
      if (!next) return sequence();
      if (!rules.has(name)) {
        const after = restOf(from + 1);
        const written = sequence(separator(), next.grammar, after);
        rules.set(name, next.isRequired ? written : choice(written, after));
      }
      return rule(name);
    };
    const firstRequired = members.findIndex(({ isRequired }) => isRequired);
    const starts = firstRequired < 0 ? members : members.slice(0, firstRequired + 1);
    const filled = sequence(
      literal('{'),
      rule('gap'),
      choice(...starts.map(({ grammar }, i) => sequence(grammar, restOf(i + 1)))),
      rule('gap'),
      literal('}'),
    );
    return firstRequired < 0 ? choice(literal('{}'), filled) : filled;
  };

  const arrayOf = (schema: Keywords, where: string): Grammar => {
    const { items = true, prefixItems = [] } = schema;
    const { least, most } = bounds(schema, ['minItems', 'maxItems'], where);
    if (Array.isArray(items))
      refuse(where, '"items" is a list', items, '"prefixItems" for a list of schemas');
    if (!Array.isArray(prefixItems))
      return refuse(where, '"prefixItems" is no list', prefixItems, 'schemas', 'invalid-schema');
    const itemOf = (place: number): Grammar =>
      place < prefixItems.length
        ? ruleOf(prefixItems[place], pointerOf(where, 'prefixItems', place))
        : ruleOf(items, pointerOf(where, 'items'));
    const last = items === false ? Math.min(most, prefixItems.length) : most;
    if (least > last)
      refuse(
        where,
        `"minItems" is ${least}, and there can be ${last}`,
        least,
        `at most ${last}`,
        'impossible-output',
      );
    if (prefixItems.length === 0)
      return last === 0 ? literal('[]') : bracketed('[', itemOf(0), ']', least, last);
    const restOf = (from: number): Grammar => {
      if (from >= last) return sequence();
      const fewest = Math.max(0, least - from);
      const item = sequence(separator(), itemOf(from));
      if (from >= prefixItems.length)
        return { kind: 'repeat', part: item, least: fewest, most: last - from };
      const more = sequence(item, restOf(from + 1));
      return fewest > 0 ? more : choice(sequence(), more);
    };
    if (last === 0) return literal('[]');
    const filled = sequence(
      literal('['),
      rule('gap'),
      itemOf(0),
      restOf(1),
      rule('gap'),
      literal(']'),
    );
    return least === 0 ? choice(literal('[]'), filled) : filled;
  };

  const textOf = (schema: Keywords, where: string): Grammar => {
    const { pattern, format } = schema;
    const { least, most } = bounds(schema, ['minLength', 'maxLength'], where);
    if (pattern !== undefined && format !== undefined)
      refuse(where, '"pattern" and "format" together', format, 'one of them');
    if (format !== undefined && !(typeof format === 'string' && Object.hasOwn(formats, format)))
      refuse(where, `"format" is ${JSON.stringify(format)}`, format, Object.keys(formats));
    if (pattern !== undefined && typeof pattern !== 'string')
      refuse(where, '"pattern" is no text', pattern, 'a regular expression', 'invalid-schema');
    const read =
      format === undefined
        ? pattern && readExpression(pattern as string, 'anywhere')
        : readExpression(formats[format as string]!, 'whole');
    return stringOf(read || undefined, least, most);
  };

  const numberOf = (schema: Keywords, where: string, isWhole: boolean): Grammar => {
    const at = (keyword: string) => numberAt(schema, keyword, where, false);
    const [minimum, maximum, above, below] = [
      at('minimum'),
      at('maximum'),
      at('exclusiveMinimum'),
      at('exclusiveMaximum'),
    ];
    if ([minimum, maximum, above, below].every((bound) => bound === undefined))
      return rule(isWhole ? 'integer' : 'number');
    if (!isWhole) {
      const wrong = Object.entries({
        minimum,
        maximum,
        exclusiveMinimum: above,
        exclusiveMaximum: below,
      }).find(
        ([name, bound]) =>
          bound !== undefined && (name.startsWith('exclusive') || !Number.isSafeInteger(bound)),
      );
      if (wrong)
        refuse(
          where,
          `"${wrong[0]}" is ${wrong[1]} for numbers that are not whole`,
          wrong[1],
          'whole numbers as "minimum" and "maximum"',
        );
    }
    const low = Math.max(
      Math.ceil(minimum ?? -Infinity),
      above === undefined ? -Infinity : Math.floor(above) + 1,
    );
    const high = Math.min(
      Math.floor(maximum ?? Infinity),
      below === undefined ? Infinity : Math.ceil(below) - 1,
    );
    const most = 1e15;
    if (low > high || low >= most || high <= -most)
      refuse(
        where,
        `no number lies between ${low} and ${high}`,
        low,
        'bounds with numbers of at most 15 digits in between',
        'impossible-output',
      );
    return numbersBetween(Math.max(low, 1 - most), Math.min(high, most - 1), isWhole);
  };

  const typed = (type: TypeName, schema: Keywords, where: string): Grammar => {
    if (type === 'object') return objectOf(schema, where);
    if (type === 'array') return arrayOf(schema, where);
    if (type === 'string') return textOf(schema, where);
    if (type === 'number' || type === 'integer') return numberOf(schema, where, type === 'integer');
    return rule(type);
  };

  const grammarOf = (schema: unknown, where: string): Grammar => {
    if (schema === true) return rule('value');
    if (schema === false) return choice();
    if (!isObject(schema))
      return refuse(
        where,
        `the schema is ${JSON.stringify(schema)}`,
        schema,
        'an object, true or false',
        'invalid-schema',
      );
    const keywords = Object.keys(schema).filter((keyword) => !annotations.has(keyword));
    const unknown = keywords.find((keyword) => !supported.includes(keyword));
    if (unknown !== undefined)
      throw modelsError({
        code: 'unsupported-schema',
        message: `${where}: "${unknown}" is not supported`,
        value: unknown,
        accepted: supported,
        nearest: nearest(unknown, supported),
      });
    const decides = keywords.find((keyword) =>
      ['enum', 'const', 'anyOf', '$ref'].includes(keyword),
    );
    const types = typesOf(schema, where);
    if (decides === undefined)
      return choice(...(types ?? impliedTypes(keywords)).map((type) => typed(type, schema, where)));
    const beside = keywords.find(
      (keyword) =>
        keyword !== decides && !(keyword === 'type' && (decides === 'enum' || decides === 'const')),
    );
    if (beside !== undefined)
      refuse(where, `"${beside}" beside "${decides}"`, beside, `"${decides}" alone`);
    if (decides === '$ref') return referred(schema['$ref'], where);
    if (decides === 'const') return choice(...ofTypes([schema['const']], types).map(constant));
    const options = schema[decides];
    if (!Array.isArray(options) || options.length === 0)
      return refuse(
        where,
        `"${decides}" is no list of options`,
        options,
        'at least one',
        'invalid-schema',
      );
    return decides === 'enum'
      ? choice(...ofTypes(options, types).map(constant))
      : choice(...options.map((option, i) => ruleOf(option, pointerOf(where, 'anyOf', i))));
  };

  return { start: (ruleOf(root, '#') as { name: string }).name, rules };
}

function typesOf({ type }: Keywords, where: string): readonly TypeName[] | undefined {
  if (type === undefined) return undefined;
  const types = [type].flat() as unknown[];
  const wrong = types.find((one) => !typeNames.includes(one as TypeName));
  if (types.length === 0 || wrong !== undefined)
    refuse(where, `"type" is ${JSON.stringify(type)}`, type, typeNames, 'invalid-schema');
  return types as TypeName[];
}

/** The types that keywords speak of, where none is named; all where they speak of none. */
function impliedTypes(keywords: readonly string[]): readonly TypeName[] {
  const spoken = (['object', 'array', 'string', 'number'] as const).filter((type) =>
    keywords.some((keyword) => keywordsOf[type]!.includes(keyword)),
  );
  return spoken.length > 0 ? spoken : typeNames.filter((type) => type !== 'integer');
}

/** Values of some types. */
function ofTypes(
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

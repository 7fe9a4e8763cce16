import type { RandomSource } from '@tunesmith/schema';
import type { JsonSchema } from '../src/generation/output/json-schema/json-schema.ts';

/** A schema, and values that may well be valid, with their properties in the order that constrained texts have. */
export interface RandomSchema {
  readonly schema: JsonSchema;
  readonly value: () => unknown;
}

/** A schema as a whole. */
export interface RandomRootSchema extends RandomSchema {
  /** Whether there are options that must not hold: constrained texts may then be fewer than the valid ones in their order. */
  readonly hasNegation: boolean;
}

/** Patterns, and texts of which some match. */
const patterns: readonly (readonly [pattern: string, texts: readonly string[]])[] = [
  ['^[a-c]{1,3}$', ['a', 'abc', 'abcd', '']],
  ['\\d', ['x1', '22', 'none']],
  ['^(?!ab)[a-c]+$', ['ab', 'ba', 'c', 'abc']],
  ['^(?=.*[A-Z])(?=.*\\d).{2,6}$', ['A1', '1bA', 'ab', 'A']],
  ['^k_', ['k_a', 'k_', 'k']],
  ['(?:^x|y$)', ['xa', 'ay', 'a', '"y']],
];
const formats: readonly (readonly [format: string, texts: readonly string[]])[] = [
  ['date', ['2024-02-29', '1999-12-31']],
  ['time', ['23:59:59Z', '01:02:03.5+02:00']],
  ['uuid', ['123e4567-e89b-12d3-a456-426614174000']],
  ['ipv4', ['127.0.0.1', '255.10.0.99']],
  ['email', ['ada@example.org', "o'neil.a+b@mail.example.co.uk"]],
  ['uri', ['https://example.org/a?b=c#d', 'mailto:ada@example.org']],
];
const names = ['a', 'b', 'c', 'k_1', 'x"y', 'é'];
const constants: readonly unknown[] = [
  'a',
  'né"🙂',
  3,
  -0.5,
  true,
  null,
  [1, 'b'],
  { z: 1, y: [] },
];

/** Draws schemas of all that output can be kept to, nested up to `depth`. */
export function randomSchemas(random: RandomSource): (depth: number) => RandomRootSchema {
  const below = (count: number): number => Math.floor(random() * count);
  const pick = <Value>(values: readonly Value[]): Value => values[below(values.length)]!;
  const maybe = (chance = 0.5): boolean => random() < chance;
  const some = <Value>(values: readonly Value[]): Value[] => values.filter(() => maybe());
  const count = (): number => below(4);

  const definitions = new Map<string, JsonSchema>();
  let hasNegation = false;

  const text = (): RandomSchema => {
    const [pattern, matching] = pick(patterns);
    const [format, formatted] = pick(formats);
    const kind = below(4);
    const schema = {
      type: 'string',
      ...(maybe(0.4) ? { minLength: count() } : {}),
      ...(maybe(0.4) ? { maxLength: 3 + count() } : {}),
      ...(kind === 0 ? { pattern } : {}),
      ...(kind === 1 ? { format } : {}),
      ...(kind === 2 ? { allOf: [{ pattern }, { pattern: pick(patterns)[0] }] } : {}),
    };
    const isFormatted = kind === 1;
    if (isFormatted)
      for (const bound of ['minLength', 'maxLength']) Reflect.deleteProperty(schema, bound);
    return {
      schema,
      value: () => (isFormatted ? pick(formatted) : pick([...matching, 'zé🙂\n', ''])),
    };
  };
  const number = (): RandomSchema => {
    const type = pick(['integer', 'number']);
    const step = pick([1, 3, 7, 10, 40, 0.5, 0.25, 0.01, 1.5]);
    const [low, high] = [below(200) - 100, below(200) - 50];
    const schema = {
      type,
      ...(maybe() ? { [pick(['minimum', 'exclusiveMinimum'])]: low } : {}),
      ...(maybe() ? { [pick(['maximum', 'exclusiveMaximum'])]: high } : {}),
      ...(maybe() ? { multipleOf: step } : {}),
    };
    const value = () =>
      pick([low, high, below(300) - 100, step * (below(40) - 10), Math.round(random() * 1000) / 8]);
    return { schema, value: () => Number(value().toFixed(4)) };
  };
  const listed = (): RandomSchema => {
    const values = [pick(constants), ...some(constants)];
    const schema = maybe() ? { const: values[0] } : { enum: values };
    return { schema, value: () => pick(maybe(0.8) ? values : constants) };
  };
  const array = (depth: number): RandomSchema => {
    const [item, ...first] = Array.from({ length: 1 + below(3) }, () => any(depth - 1));
    const isTuple = first.length > 0;
    const rest = isTuple && maybe() ? false : item!.schema;
    const schema = {
      type: 'array',
      ...(isTuple ? { prefixItems: first.map((one) => one.schema) } : {}),
      items: rest,
      ...(maybe(0.3) ? { minItems: count() } : {}),
      ...(maybe(0.3) ? { maxItems: 1 + count() } : {}),
    };
    return {
      schema,
      value: () => Array.from({ length: count() }, (_, i) => (first[i] ?? item!).value()),
    };
  };
  const differing = (): RandomSchema => ({
    schema: { type: 'array', items: { enum: constants }, uniqueItems: true, minItems: count() },
    value: () => some(constants),
  });
  const object = (depth: number): RandomSchema => {
    const named = some(names).map((name) => [name, any(depth - 1)] as const);
    const others = maybe(0.4) ? any(depth - 1) : undefined;
    const patterned = maybe(0.3) ? any(depth - 1) : undefined;
    const [needing, needed] = [pick(names), pick(names)];
    const isListed = maybe(0.2);
    const schema = {
      type: 'object',
      properties: Object.fromEntries(named.map(([name, { schema: its }]) => [name, its])),
      required: some(named.map(([name]) => name)),
      additionalProperties: others ? others.schema : false,
      ...(patterned ? { patternProperties: { '^k_': patterned.schema } } : {}),
      ...(maybe(0.3) ? { minProperties: below(2) } : {}),
      ...(maybe(0.3) ? { maxProperties: 1 + count() } : {}),
      ...(maybe(0.3) ? { dependentRequired: { [needing]: [needed] } } : {}),
      ...(isListed ? { propertyNames: { enum: [...names, 'w'] } } : {}),
      ...(!isListed && maybe(0.2) ? { propertyNames: { maxLength: 3, pattern: '^[^x]' } } : {}),
    };
    const free = [...(others ? ['v', 'long name'] : []), ...(patterned ? ['k_2', 'k_x'] : [])];
    const listedNames = isListed ? [...names, 'w'] : [];
    return {
      schema,
      value: () => {
        const own = some(named).map(([name, its]) => [name, its.value()] as const);
        const given = new Set(named.map(([name]) => name));
        const more = [
          ...some(listedNames.filter((name) => !given.has(name))),
          ...some(isListed ? [] : free),
        ];
        const value = (name: string): unknown =>
          ((name.startsWith('k_') ? patterned : undefined) ?? others ?? any(0)).value();
        return Object.fromEntries([...own, ...more.map((name) => [name, value(name)] as const)]);
      },
    };
  };
  const combined = (depth: number): RandomSchema => {
    const [one, other] = [any(depth - 1), any(depth - 1)];
    const either = () => (maybe() ? one : other).value();
    const record = object(depth - 1);
    const tagged = (tag: string, size: RandomSchema): JsonSchema => ({
      type: 'object',
      properties: { tag: { const: tag }, size: size.schema },
      required: ['tag', 'size'],
      additionalProperties: false,
    });
    return pick<() => RandomSchema>([
      () => ({ schema: { anyOf: [one.schema, other.schema] }, value: either }),
      () => ({
        schema: { anyOf: [{ type: 'integer', minimum: 5, maximum: 4 }, { not: {} }, one.schema] },
        value: () => pick([one.value(), 5]),
      }),
      () => ({
        schema: { allOf: [record.schema, { required: ['a'], maxProperties: 4 }] },
        value: record.value,
      }),
      () => ({
        schema: { oneOf: [tagged('x', one), tagged('y', other)] },
        value: () =>
          maybe()
            ? { tag: 'x', size: one.value() }
            : { tag: pick(['y', 'z']), size: other.value() },
      }),
      () => {
        const name = `list${definitions.size}`;
        const $ref = `#/$defs/${name}`;
        definitions.set(name, {
          type: ['object', 'null'],
          properties: { value: one.schema, next: { $ref } },
          additionalProperties: false,
        });
        const value = () => ({ value: one.value(), next: pick([null, { value: one.value() }, 1]) });
        return { schema: { $ref }, value };
      },
    ])();
  };
  const negating = (depth: number): RandomSchema => {
    hasNegation = true;
    const [one, other, record] = [any(depth - 1), any(depth - 1), object(depth - 1)];
    const named = (name: string, schema: JsonSchema) => ({
      properties: { [name]: schema },
      required: [name],
    });
    return pick<() => RandomSchema>([
      () => ({
        schema: { allOf: [one.schema], not: { enum: constants.slice(0, 6) } },
        value: one.value,
      }),
      () => ({ schema: { allOf: [one.schema, { not: other.schema }] }, value: one.value }),
      () => ({
        schema: { oneOf: [one.schema, other.schema] },
        value: () => pick([one, other]).value(),
      }),
      () => ({
        schema: {
          ...(record.schema as object),
          oneOf: names.slice(0, 3).map((name) => ({ required: [name] })),
        },
        value: record.value,
      }),
      () => ({
        schema: {
          allOf: [record.schema],
          if: named('a', listed().schema),
          // oxlint-disable-next-line unicorn/no-thenable
          then: { required: ['b'] },
          else: named('c', any(0).schema),
        },
        value: record.value,
      }),
      () => ({
        schema: {
          allOf: [record.schema],
          not: { anyOf: [{ required: ['a'] }, named('b', number().schema)] },
        },
        value: record.value,
      }),
    ])();
  };
  const any = (depth: number): RandomSchema => {
    const simple: (() => RandomSchema)[] = [
      text,
      number,
      listed,
      () => ({
        schema: { type: pick(['boolean', 'null']) },
        value: () => pick([true, false, null]),
      }),
    ];
    const nested: (() => RandomSchema)[] = [
      () => array(depth),
      () => object(depth),
      () => object(depth),
      () => combined(depth),
      differing,
      ...(maybe(0.2) ? [() => negating(depth)] : []),
    ];
    return pick(depth > 0 ? [...simple, ...nested] : simple)();
  };
  return (depth) => {
    definitions.clear();
    hasNegation = false;
    const { schema, value } = depth > 1 && maybe(0.3) ? combined(depth) : any(depth);
    return {
      schema: { ...(schema as object), $defs: Object.fromEntries(definitions) },
      value,
      hasNegation,
    };
  };
}

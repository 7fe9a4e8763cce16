import { isIPv6 } from 'node:net';
import { xoshiro128 } from '@tunesmith/schema';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { pieceTokenizer, randomText } from '../../../../test-support/random-text.ts';
import { compileRules } from '../machine.ts';
import { outputGuide } from '../output.ts';
import { schemaRules, type JsonSchema } from './json-schema.ts';

const tokenizer = pieceTokenizer();
const seeds = Array.from({ length: 25 }, (_, seed) => seed);

const tree = {
  $defs: {
    node: {
      type: 'object',
      properties: {
        value: { type: 'integer', minimum: -20, maximum: 300 },
        children: { type: 'array', items: { $ref: '#/$defs/node' }, maxItems: 3 },
      },
      required: ['value'],
      additionalProperties: false,
    },
  },
  $ref: '#/$defs/node',
};

const schemas: Readonly<Record<string, JsonSchema>> = {
  'any JSON': true,
  'any object': { type: 'object' },
  'a record': {
    title: 'Person',
    type: 'object',
    properties: {
      name: { type: 'string', minLength: 1, maxLength: 8 },
      nick: { type: ['string', 'null'] },
      age: { type: 'integer', minimum: 0, exclusiveMaximum: 130 },
      'e"mail\n': { type: 'string', pattern: '^[a-z"\\\\\\n]{1,3}@[a-z]{2}$' },
      likes: { type: 'array', items: { enum: ['tea', 'né🙂', 3, null, { a: [1] }] }, minItems: 1 },
      open: { const: true },
    },
    required: ['age', 'likes'],
    additionalProperties: false,
  },
  'only optional properties': {
    type: 'object',
    properties: { a: { type: 'boolean' }, b: { type: 'null' }, c: { type: 'number' } },
  },
  'a required property that is not described': { type: 'object', required: ['x'] },
  'a map': { type: 'object', additionalProperties: { type: 'integer' } },
  'a tuple': {
    type: 'array',
    prefixItems: [{ type: 'boolean' }, { type: 'string', maxLength: 2 }],
    items: { type: 'integer' },
    minItems: 1,
    maxItems: 4,
  },
  'a closed tuple': { type: 'array', prefixItems: [{ const: 1 }, { const: 2 }], items: false },
  'exactly so many items': { type: 'array', items: { type: 'number' }, minItems: 3, maxItems: 3 },
  alternatives: {
    anyOf: [
      { type: 'string', maxLength: 3 },
      { type: 'array', maxItems: 0 },
    ],
  },
  'one of options that differ in a property': {
    oneOf: [
      { $ref: '#/$defs/cat' },
      {
        type: 'object',
        properties: { kind: { const: 'dog' }, barks: { type: 'boolean' } },
        required: ['kind', 'barks'],
      },
      { type: ['null', 'integer'] },
    ],
    $defs: {
      cat: {
        type: 'object',
        properties: { kind: { enum: ['cat', 'lion'] }, name: { type: 'string', maxLength: 2 } },
        required: ['kind'],
        additionalProperties: false,
      },
    },
  },
  'all of several': {
    $defs: {
      named: { properties: { name: { type: 'string', minLength: 2 } }, required: ['name'] },
    },
    type: 'object',
    allOf: [
      { $ref: '#/$defs/named' },
      { properties: { name: { maxLength: 3 }, size: { type: 'number' } } },
      { properties: { size: { type: ['integer', 'string'] } }, required: ['size'] },
    ],
  },
  'keywords beside a reference and beside alternatives': {
    $defs: { size: { type: 'integer', minimum: 0 } },
    type: 'object',
    properties: { a: { $ref: '#/$defs/size', maximum: 30 }, b: { type: 'null' } },
    anyOf: [{ required: ['a'] }, { required: ['b'] }],
  },
  'a tree with more to it': {
    ...tree,
    $ref: '#/$defs/node',
    properties: { value: { minimum: 5 } },
    required: ['children'],
  },
  'a tree': tree,
  'recursion at the root': {
    type: 'array',
    items: { anyOf: [{ $ref: '#' }, { type: 'integer' }] },
  },
  'text of a pattern anywhere': { type: 'string', pattern: 'a\\d|^é', maxLength: 6 },
  'text of a length and a pattern': { type: 'string', pattern: '^[ab]*$', minLength: 3 },
  'text of a length in characters': { type: 'string', minLength: 3, maxLength: 4 },
  'whole numbers between': { type: 'integer', minimum: 97, maximum: 10_203 },
  'whole numbers around zero': { type: 'integer', exclusiveMinimum: -12, maximum: 7 },
  'whole numbers below': { type: 'integer', maximum: -5 },
  'whole numbers between fractions': { type: 'integer', minimum: 0.5, maximum: 2.5 },
  'numbers between': { type: 'number', minimum: -2, maximum: 15 },
  'numbers between fractions': { type: 'number', minimum: -0.25, exclusiveMaximum: 1.5 },
  'numbers close together': { type: 'number', exclusiveMinimum: 2.04, maximum: 2.4 },
  'numbers above zero': { type: 'number', exclusiveMinimum: 0 },
  'numbers below one': { type: 'number', exclusiveMinimum: 0, exclusiveMaximum: 1 },
  'one number': { type: 'number', minimum: -7.5, maximum: -7.5 },
  'numbers above': { type: 'number', minimum: 3 },
  'numbers below zero': { type: 'number', maximum: -1 },
  'numbers of a format of OpenAPI': { type: 'integer', format: 'int32', minimum: 2_000_000_000 },
  'multiples of a whole number': { type: 'integer', multipleOf: 7, minimum: -30, maximum: 1000 },
  'multiples of a large number': { type: 'integer', multipleOf: 1_200_000 },
  'multiples of a fraction': { type: 'number', multipleOf: 0.25, exclusiveMinimum: 0 },
  'multiples of two steps': { allOf: [{ type: 'number', multipleOf: 6 }, { multipleOf: 4 }] },
  'a map of keys of a pattern': {
    type: 'object',
    propertyNames: { pattern: '^[a-z]+$', maxLength: 3 },
    additionalProperties: { type: 'boolean' },
    minProperties: 1,
    maxProperties: 3,
  },
  'a map of listed keys': {
    type: 'object',
    propertyNames: { enum: ['red', 'green', 'blue'] },
    additionalProperties: { type: 'integer' },
    minProperties: 2,
  },
  'properties by pattern': {
    type: 'object',
    properties: { id: { type: 'integer' }, x_id: { maximum: 3 } },
    patternProperties: { '^x_': { type: 'integer' }, _y$: { type: ['integer', 'null'] } },
    additionalProperties: { type: 'string', maxLength: 1 },
    required: ['id'],
  },
  'at least so many of the properties': {
    properties: { a: { type: 'null' }, b: { type: 'null' }, c: { type: 'null' } },
    additionalProperties: false,
    minProperties: 2,
    maxProperties: 2,
  },
  'properties that need others': {
    properties: { a: { type: 'null' }, b: { type: 'null' }, c: { type: 'integer' } },
    additionalProperties: false,
    dependentRequired: { a: ['b'] },
    dependentSchemas: { b: { properties: { c: { maximum: 3 } }, required: ['c'] } },
  },
  'different items of a list': {
    items: { enum: ['a', 'b', 'c', 4] },
    uniqueItems: true,
    minItems: 2,
    maxItems: 3,
  },
  'a branch that cannot be': {
    anyOf: [
      { type: 'integer', minimum: 3, maximum: 2 },
      { const: 'a', pattern: 'b' },
      { const: 1 },
    ],
  },
  'two patterns at once': {
    type: 'string',
    allOf: [{ pattern: '[A-Z]' }, { pattern: '\\d' }],
    maxLength: 4,
  },
  'a pattern that looks ahead': { type: 'string', pattern: '^(?=.*\\d)(?!.*--)[\\d-]{2,5}$' },
  'exactly one of three properties': {
    properties: { a: { type: 'null' }, b: { type: 'null' }, c: { type: 'null' } },
    oneOf: [{ required: ['a'] }, { required: ['b'] }, { required: ['c'] }],
    additionalProperties: false,
  },
  'one of options without a property of the other': {
    oneOf: [
      {
        type: 'object',
        properties: { x: { type: 'integer' }, y: { type: 'integer' } },
        required: ['x'],
      },
      { type: 'object', properties: { z: { type: 'integer' } }, required: ['z'] },
    ],
  },
  'one of two lists that share a value': { oneOf: [{ enum: ['a', 'b'] }, { enum: ['b', 'c'] }] },
  'no text': { not: { type: ['string', 'object', 'array'] } },
  'no listed value': {
    type: ['string', 'number', 'boolean', 'null'],
    maxLength: 1,
    maximum: 1,
    minimum: 0,
    not: { enum: ['', 'a', 0, 1, false, null] },
  },
  'neither of two properties': {
    properties: { a: { type: 'null' }, b: { type: 'null' }, c: { type: 'null' } },
    not: { anyOf: [{ required: ['a'] }, { required: ['b'] }] },
    additionalProperties: false,
  },
  'a property that another decides on': {
    type: 'object',
    properties: { country: { enum: ['NL', 'US'] }, code: { type: 'string' } },
    required: ['country', 'code'],
    if: { properties: { country: { const: 'US' } }, required: ['country'] },
    // oxlint-disable-next-line unicorn/no-thenable
    then: { properties: { code: { pattern: '^\\d{5}$' } } },
    else: { properties: { code: { pattern: '^\\d{4} [A-Z]{2}$' } } },
  },
  'listed values of a pattern': { enum: ['ab', 'b', 3], pattern: '^a', minimum: 4 },
};

describe('JSON of a schema', () => {
  const ajv = new Ajv2020({ strict: false, multipleOfPrecision: 9, validateFormats: false });

  test.each(Object.entries(schemas))('is valid and complete: %s', (_, schema) => {
    const isValid = ajv.compile(schema);
    const output = { schema };
    for (const seed of seeds) {
      const text = randomText(output, tokenizer, xoshiro128(seed), 160);
      const value: unknown = JSON.parse(text);
      expect(isValid(value), `${text} ${ajv.errorsText(isValid.errors)}`).toBe(true);
    }
  });

  test('has strings with every kind of character', () => {
    const output = { schema: { type: 'string', minLength: 40 } };
    const texts = seeds.map((seed) => randomText(output, tokenizer, xoshiro128(seed), 400));
    expect(texts.some((text) => /\\u[0-9a-fA-F]{4}/.test(text))).toBe(true);
    expect(texts.some((text) => /[^ -~]/.test(text))).toBe(true);
    for (const text of texts) {
      expect(JSON.stringify(text)).not.toContain('\\ud');
      expect([...(JSON.parse(text) as string)].length).toBeGreaterThanOrEqual(40);
    }
  });

  test.each<[string, JsonSchema, JsonSchema]>([
    [
      'a list of items',
      { items: [{ const: 1 }, { const: 2 }], additionalItems: false },
      { prefixItems: [{ const: 1 }, { const: 2 }], items: false },
    ],
    [
      'bounds that are true',
      { type: 'integer', minimum: 1, exclusiveMinimum: true, maximum: 3, exclusiveMaximum: false },
      { type: 'integer', exclusiveMinimum: 1, maximum: 3 },
    ],
    [
      'what may be null',
      { items: { nullable: true, enum: [1, null], type: 'integer' }, minItems: 1 },
      { items: { enum: [1, null] }, minItems: 1 },
    ],
    [
      'dependencies',
      { properties: { a: { const: 1 }, b: { const: 2 } }, dependencies: { a: ['b'] } },
      { properties: { a: { const: 1 }, b: { const: 2 } }, dependentRequired: { a: ['b'] } },
    ],
    [
      'a property that tells options apart',
      {
        discriminator: { propertyName: 'kind' },
        oneOf: [{ properties: { kind: { const: 'a' } } }, { properties: { kind: { const: 'b' } } }],
        type: 'object',
      },
      {
        anyOf: [{ properties: { kind: { const: 'a' } } }, { properties: { kind: { const: 'b' } } }],
        required: ['kind'],
        type: 'object',
      },
    ],
    [
      'references by name',
      {
        $ref: 'node',
        $defs: { a: { $id: 'node', items: { $ref: '#leaf' } }, b: { $anchor: 'leaf', const: 1 } },
      },
      { items: { const: 1 } },
    ],
  ])('of an older spelling is as of the newer: %s', (_, older, newer) => {
    const texts = (schema: JsonSchema): string[] =>
      seeds.map((seed) => randomText({ schema }, tokenizer, xoshiro128(seed), 60));
    expect(texts(older)).toEqual(texts(newer));
  });

  test('of many bounds stays small', () => {
    const size = { type: 'integer', minimum: 0 };
    const { places } = compileRules(
      schemaRules({ type: 'array', prefixItems: Array(50).fill(size) }),
    );
    expect(places.length).toBeLessThan(20_000);
  });

  test.each([
    ['date', /^\d{4}-\d\d-\d\d$/],
    ['time', /^\d\d:\d\d:\d\d/],
    ['date-time', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/],
    ['uuid', /^[\da-f-]{36}$/i],
    ['duration', /^P(?=.)(\d+Y)?(\d+M)?(\d+D)?(\d+W)?(T(?=.)(\d+H)?(\d+M)?(\d+S)?)?$/],
    ['email', /^[^@\s"]{1,64}@([a-z\d-]+\.)+[a-z\d-]+$/i],
    ['hostname', /^(?=.{1,63}$)[a-z\d]([a-z\d.-]*[a-z\d])?$/i],
    ['ipv4', /^(\d{1,3}\.){3}\d{1,3}$/],
    ['ipv6', /^[\da-f:]{2,39}$/i],
    ['uri', /^[a-z][a-z\d+.-]*:\S+$/i],
    ['uuid4', /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/i],
  ])('is of the format %s', (format, pattern) => {
    const schema = { type: 'string', format };
    for (const seed of seeds) {
      const value: unknown = JSON.parse(randomText({ schema }, tokenizer, xoshiro128(seed), 160));
      expect(value).toMatch(pattern);
      if (format === 'ipv6') expect(isIPv6(String(value))).toBe(true);
      if (format.startsWith('date')) expect(Number.isNaN(Date.parse(String(value)))).toBe(false);
    }
  });

  test.each<[JsonSchema, string, string]>([
    [
      { type: 'array', uniqueItems: true },
      'unsupported-schema',
      '#: "uniqueItems" of items that no',
    ],
    [
      { properties: { a: { type: 'string', not: { pattern: 'a' } } } },
      'unsupported-schema',
      '#/properties/a: "not" of {"pattern":"a"}',
    ],
    [{ not: { enum: [{ a: 1 }] }, type: 'object' }, 'unsupported-schema', '"not" of an object'],
    [
      { type: 'string', if: { format: 'date' }, else: { maxLength: 3 } },
      'unsupported-schema',
      '#: "if" of {"format":"date"}',
    ],
    [{ type: 'array', contains: {} }, 'unsupported-schema', '#: "contains" is not supported'],
    [{ type: 'string', minLenght: 3 }, 'unsupported-schema', 'nearest: "minLength"'],
    [{ type: 'object', minProperties: 2 }, 'unsupported-schema', 'two of them could be the same'],
    [{ type: 'integer', multipleOf: 0 }, 'invalid-schema', '"multipleOf" is 0'],
    [{ type: 'integer', multipleOf: 12_345_678 }, 'unsupported-schema', 'steps of at most 2000'],
    [{ allOf: [] }, 'invalid-schema', '#: "allOf" is no list of options'],
    [
      { type: 'string', oneOf: [{ pattern: 'a' }, { pattern: 'b' }] },
      'unsupported-schema',
      'options 0 and 1 of "oneOf" may hold of the same value',
    ],
    [
      { oneOf: [{ type: 'integer' }, { type: 'string' }, { type: 'number' }] },
      'unsupported-schema',
      'options 0 and 2 of "oneOf" may hold of the same value',
    ],
    [
      { oneOf: [{ type: 'string' }, { required: ['a'] }] },
      'unsupported-schema',
      'options 0 and 1 of "oneOf" may hold of the same value',
    ],
    [{ allOf: [{ type: 'string' }, { type: 'null' }] }, 'impossible-output', 'no text can be'],
    [
      {
        allOf: [{ $ref: '#/$defs/a' }, { $ref: '#/$defs/b' }],
        $defs: { a: { $ref: '#/$defs/b' }, b: { $ref: '#/$defs/a' } },
      },
      'unsupported-schema',
      'over more than 60 levels',
    ],
    [{ type: 'string', format: 'e-mail' }, 'unsupported-schema', 'nearest: "email"'],
    [{ type: 'string', format: 'idn-email' }, 'unsupported-schema', '#: "format" is "idn-email"'],
    [{ $ref: 'other.json' }, 'unsupported-schema', '"$ref" is "other.json"'],
    [{ $ref: '#/$defs/none' }, 'invalid-schema', 'which is not there'],
    [{ type: 'text' }, 'invalid-schema', '#: "type" is "text"'],
    [{ type: 'string', minLength: -1 }, 'invalid-schema', '"minLength" is -1'],
    [{ type: 'array', minItems: 3, maxItems: 2 }, 'impossible-output', '3 items or more, and 2'],
    [{ type: 'number', minimum: 0.1234567890123456 }, 'unsupported-schema', 'more than 15 digits'],
    [{ type: 'number', minimum: 2, exclusiveMaximum: 2 }, 'impossible-output', 'no number of at'],
    [{ type: 'integer', minimum: 3, maximum: 2 }, 'impossible-output', 'lies between 3 and 2'],
    [{ $ref: '#' }, 'endless-output', '# refers to itself with nothing in between'],
    [
      { type: 'object', properties: { next: { $ref: '#' } }, required: ['next'] },
      'impossible-output',
      'no text can be',
    ],
    [
      { type: 'object', required: ['a'], additionalProperties: false },
      'impossible-output',
      '"a" is required',
    ],
    [
      {
        anyOf: [
          { type: 'array', minItems: 1, maxItems: 0 },
          { type: 'integer', enum: ['a'] },
        ],
      },
      'impossible-output',
      '#/anyOf/0: there are 1 items or more',
    ],
    [{ type: 'string', pattern: 'a(?<!b)' }, 'unsupported-pattern', 'has looking behind'],
  ])('that cannot be followed is refused: %j', (schema, code, message) => {
    const run = () => outputGuide({ schema }, tokenizer);
    expect(run).toThrow(message);
    expect(run).toThrow(expect.objectContaining({ code }));
  });
});

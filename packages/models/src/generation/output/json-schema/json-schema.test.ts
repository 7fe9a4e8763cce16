import { xoshiro128 } from '@tunesmith/schema';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { pieceTokenizer, randomText } from '../../../../test-support/random-text.ts';
import type { JsonSchema } from './json-schema.ts';
import { outputGuide } from '../output.ts';

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
};

describe('JSON of a schema', () => {
  const ajv = new Ajv2020({ strict: false });

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

  test.each([
    ['date', /^\d{4}-\d\d-\d\d$/],
    ['time', /^\d\d:\d\d:\d\d/],
    ['date-time', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/],
    ['uuid', /^[\da-f-]{36}$/],
  ])('is of the format %s', (format, pattern) => {
    const schema = { type: 'string', format };
    for (const seed of seeds) {
      const value: unknown = JSON.parse(randomText({ schema }, tokenizer, xoshiro128(seed), 160));
      expect(value).toMatch(pattern);
      if (format.startsWith('date')) expect(Number.isNaN(Date.parse(String(value)))).toBe(false);
    }
  });

  test.each<[JsonSchema, string, string]>([
    [{ type: 'array', uniqueItems: true }, 'unsupported-schema', '#: "uniqueItems" is not'],
    [{ properties: { a: { not: {} } } }, 'unsupported-schema', '#/properties/a: "not" is not'],
    [{ allOf: [] }, 'invalid-schema', '#: "allOf" is no list of options'],
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
    [{ type: 'string', format: 'email' }, 'unsupported-schema', '#: "format" is "email"'],
    [{ $ref: 'other.json' }, 'unsupported-schema', '"$ref" is "other.json"'],
    [{ $ref: '#/$defs/none' }, 'invalid-schema', 'which is not there'],
    [{ type: 'text' }, 'invalid-schema', '#: "type" is "text"'],
    [{ type: 'string', minLength: -1 }, 'invalid-schema', '"minLength" is -1'],
    [{ type: 'array', minItems: 3, maxItems: 2 }, 'invalid-schema', '"minItems" is above'],
    [{ type: 'number', minimum: 0.1234567890123456 }, 'unsupported-schema', 'more than 15 digits'],
    [{ type: 'number', minimum: 2, exclusiveMaximum: 2 }, 'impossible-output', 'no number lies'],
    [{ type: 'integer', minimum: 3, maximum: 2 }, 'impossible-output', 'no number lies between'],
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
    [{ type: 'string', pattern: 'a(?!b)' }, 'unsupported-pattern', 'has look-around'],
  ])('that cannot be followed is refused: %j', (schema, code, message) => {
    const run = () => outputGuide({ schema }, tokenizer);
    expect(run).toThrow(message);
    expect(run).toThrow(expect.objectContaining({ code }));
  });
});

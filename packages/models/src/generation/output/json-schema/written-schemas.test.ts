import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { isAdmitted, pieceTokenizer } from '../../../../test-support/random-text.ts';
import type { JsonSchema } from './json-schema.ts';

const tokenizer = pieceTokenizer();

/** Schemas that pydantic wrote, with objects that it wrote: `goldens/make_schemas.py`. */
const pydantic = JSON.parse(
  readFileSync(new URL('../../../../goldens/schemas.json', import.meta.url), 'utf8'),
) as Record<string, { schema: JsonSchema; texts: readonly string[] }>;

describe('schemas that pydantic writes', () => {
  test.each(Object.entries(pydantic))('of %s admit its objects', (_, { schema, texts }) => {
    for (const text of texts) expect(isAdmitted({ schema }, tokenizer, text), text).toBe(true);
  });
});

/** Schemas as `z.toJSONSchema` of zod 4.6 writes them, with texts that its `parse` takes and some that it does not. */
const zod: Readonly<
  Record<string, [JsonSchema, taken: readonly string[], not: readonly string[]]>
> = {
  'z.email()': [
    {
      type: 'string',
      format: 'email',
      pattern:
        "^(?:[A-Za-z0-9_'+\\-]+\\.)*[A-Za-z0-9_'+\\-]*[A-Za-z0-9_+-]@(?:[A-Za-z0-9][A-Za-z0-9\\-]*\\.)+[A-Za-z]{2,}$",
    },
    ['"ada.b+c@mail.example.org"'],
    ['"ada@example"', '"a..b@example.org"', '"@example.org"'],
  ],
  'z.iso.duration()': [
    {
      type: 'string',
      format: 'duration',
      pattern:
        '^P(?:(\\d+W)|(?!.*W)(?=\\d|T\\d)(\\d+Y)?(\\d+M)?(\\d+D)?(T(?=\\d)(\\d+H)?(\\d+M)?(\\d+([.,]\\d+)?S)?)?)$',
    },
    ['"P3W"', '"P1Y2M"', '"PT5M"', '"P1DT12H"'],
    ['"P"', '"P1DT"', '"P1Y1W"'],
  ],
  'z.hostname()': [
    {
      type: 'string',
      format: 'hostname',
      pattern:
        '^(?=.{1,253}\\.?$)[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?(?:\\.[a-zA-Z0-9](?:[-0-9a-zA-Z]{0,61}[0-9a-zA-Z])?)*\\.?$',
    },
    ['"example.org"', '"a"'],
    ['"-a"', '"a..b"', '""'],
  ],
  'z.nanoid()': [
    { type: 'string', format: 'nanoid', pattern: '^[a-zA-Z0-9_-]{21}$' },
    ['"V1StGXR8_Z5jdHi6B-myT"'],
    ['"V1StGXR8"'],
  ],
  "z.string().startsWith('a').endsWith('b').includes('c').max(5)": [
    {
      type: 'string',
      maxLength: 5,
      format: 'includes',
      allOf: [{ pattern: '^a.*' }, { pattern: '.*b$' }, { pattern: 'c' }],
    },
    ['"acb"', '"axcxb"'],
    ['"ab"', '"axxcxb"', '"acx"'],
  ],
  'z.int()': [
    { type: 'integer', minimum: -9_007_199_254_740_991, maximum: 9_007_199_254_740_991 },
    ['0', '-12', '123456789012345'],
    ['1.5', '01'],
  ],
  'z.float32()': [
    { type: 'number', minimum: -3.4028234663852886e38, maximum: 3.4028234663852886e38 },
    ['0', '-12.25'],
    ['"1"'],
  ],
  'z.number().positive().multipleOf(0.01)': [
    { type: 'number', exclusiveMinimum: 0, multipleOf: 0.01 },
    ['0.07', '12', '1.5'],
    ['0', '0.00', '0.001', '-1'],
  ],
  'z.tuple([z.string(), z.number().optional()])': [
    {
      type: 'array',
      prefixItems: [{ type: 'string' }, { type: 'number' }],
      items: false,
      minItems: 1,
      maxItems: 2,
    },
    ['["a"]', '["a",1]'],
    ['[]', '["a",1,2]'],
  ],
  "z.partialRecord(z.enum(['a', 'b']), z.number())": [
    {
      type: 'object',
      propertyNames: { type: 'string', enum: ['a', 'b'] },
      additionalProperties: { type: 'number' },
    },
    ['{}', '{"b":1}', '{"a":1,"b":2}'],
    ['{"c":1}', '{"a":"1"}'],
  ],
  'z.looseRecord(z.string().regex(/^k/), z.number())': [
    { type: 'object', patternProperties: { '^k': { type: 'number' } } },
    ['{}', '{"k":1,"k2":2}'],
    ['{"k":"1"}'],
  ],
  'z.object({ a: z.string() }).catchall(z.number())': [
    {
      type: 'object',
      properties: { a: { type: 'string' } },
      required: ['a'],
      additionalProperties: { type: 'number' },
    },
    ['{"a":"x"}', '{"a":"x","b":1,"aa":2}'],
    ['{"b":1}', '{"a":"x","b":"1"}', '{"a":"x","a":1}'],
  ],
  'z.object({ a: z.unknown(), n: z.never().optional() })': [
    {
      type: 'object',
      properties: { a: {}, n: { not: {} } },
      required: ['a'],
      additionalProperties: false,
    },
    ['{"a":[null]}'],
    ['{}', '{"a":1,"n":1}'],
  ],
  'an object of OpenAPI 3.0': [
    {
      type: 'object',
      properties: {
        a: { nullable: true, type: 'string' },
        n: { type: 'number', minimum: 3, exclusiveMinimum: true },
      },
      required: ['a', 'n'],
      additionalProperties: false,
    },
    ['{"a":null,"n":3.5}', '{"a":"","n":4}'],
    ['{"a":null,"n":3}', '{"n":4}'],
  ],
};

describe('schemas that zod writes', () => {
  test.each(Object.entries(zod))('%s', (_, [schema, taken, not]) => {
    for (const text of taken) expect(isAdmitted({ schema }, tokenizer, text), text).toBe(true);
    for (const text of not) expect(isAdmitted({ schema }, tokenizer, text), text).toBe(false);
  });
});

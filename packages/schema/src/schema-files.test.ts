import { readFile } from 'node:fs/promises';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { schemaFiles } from './schema-files.ts';

const read = async (name: string): Promise<object> =>
  JSON.parse(await readFile(new URL(`../schemas/${name}`, import.meta.url), 'utf8')) as object;

describe.each(Object.keys(schemaFiles))('%s', (name) => {
  test('is current: the build writes it again', async () => {
    expect(await read(name)).toEqual(JSON.parse(JSON.stringify(schemaFiles[name])));
  });

  test('compiles as strict JSON Schema 2020-12', async () => {
    const schema = await read(name);
    expect(() =>
      new Ajv2020({ strict: true, allowUnionTypes: true }).compile(schema),
    ).not.toThrow();
  });
});

test('every field of the recipe file has a description', async () => {
  const bare: string[] = [];
  const walk = (schema: Record<string, unknown>, path: string): void => {
    const properties = (schema['properties'] ?? {}) as Record<string, Record<string, unknown>>;
    for (const [key, property] of Object.entries(properties)) {
      if (typeof property['description'] !== 'string') bare.push(`${path}${key}`);
      walk(property, `${path}${key}.`);
    }
    for (const branch of (schema['anyOf'] ?? []) as Record<string, unknown>[]) walk(branch, path);
    if (schema['items']) walk(schema['items'] as Record<string, unknown>, `${path}[].`);
  };
  walk((await read('recipe.schema.json')) as Record<string, unknown>, '');
  expect(bare).toEqual([]);
});

/** `wordwrap`, `striptags`, `urlize` and `pprint`: `goldens/make_filters.py` asked jinja2 for them. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { JinjaError } from '../errors.ts';
import { promptsourceLanguage } from '../presets.ts';
import { compileJinja } from '../render.ts';

interface Case {
  readonly template: string;
  readonly value: unknown;
  readonly text?: string;
  /** The Python exception; absent where there is text. */
  readonly error?: string;
}

const file = new URL('../../goldens/filters.golden.json', import.meta.url);
const cases = JSON.parse(readFileSync(file, 'utf8')) as readonly Case[];

function outcome({ template, value }: Case): string | undefined {
  try {
    return compileJinja(template, promptsourceLanguage).render({ v: value });
  } catch (error) {
    if (error instanceof JinjaError && error.reason === 'failed') return undefined;
    throw error;
  }
}

test.each(['wordwrap', 'striptags', 'urlize', 'pprint'])('%s makes what jinja2 makes', (name) => {
  const of = cases.filter(({ template }) => template.includes(name));
  expect(of.length).toBeGreaterThan(60);
  const wrong = of
    .map((one) => ({ ...one, found: outcome(one) }))
    .filter(({ text, found }) => text !== found);
  expect(wrong).toEqual([]);
});

test('a long word costs steps, not minutes', () => {
  const template = compileJinja("{{ ('@.' * 200000)|urlize }}", promptsourceLanguage);
  expect(() => template.render({})).toThrow('it takes too many steps');
});

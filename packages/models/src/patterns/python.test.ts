import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { compilePattern } from './pattern.ts';

interface Case {
  readonly pattern: string;
  readonly error?: string;
  /** A text; the end and the groups of Python's `match`; whether its `fullmatch` matches. */
  readonly texts?: readonly (readonly [
    string,
    readonly [number, ...(string | null)[]] | null,
    boolean,
  ])[];
}

const cases = JSON.parse(
  readFileSync(new URL('golden/python.json', import.meta.url), 'utf8'),
) as Case[];
const python = (source: string) =>
  compilePattern({ source, dialect: 'python', owner: '@tunesmith/models' });

/** Ends count code points, as Python does. */
const found = (source: string, text: string): (number | string | null)[] | null => {
  const match = python(source).match(text);
  return match
    ? [[...match.groups[0]!].length, ...match.groups.slice(1).map((group) => group ?? null)]
    : null;
};

describe("patterns as Python's re reads them", () => {
  test.each(cases.filter((one) => one.texts))('$pattern', ({ pattern, texts }) => {
    if (pattern.includes('\\N')) {
      expect(() => python(pattern)).toThrow(/names a character/);
      return;
    }
    const ours = texts!.map(([text]) => [
      text,
      found(pattern, text),
      python(pattern).matchesFully(text),
    ]);
    expect(ours).toEqual(texts);
  });

  test.each(cases.filter((one) => one.error))('refused: $pattern', ({ pattern }) => {
    expect(() => python(pattern)).toThrow(/is not a regular expression that can be used/);
  });
});

test('a pattern that never comes to an end stops with an error that names it', () => {
  const begun = Date.now();
  for (const source of [
    '([a-z._0-9]+)+X',
    '(a|a)*b',
    '(a*)*b',
    '(?:a?){40}a{40}b',
    '(?=(a+)+b)c|d',
  ]) {
    expect(() => python(source).match('a'.repeat(60))).toThrow(
      /takes more than \d+ steps on a text/,
    );
  }
  expect(Date.now() - begun).toBeLessThan(10_000);
});

test('a text may be long', () => {
  const text = 'ab'.repeat(200_000);
  expect(python('(?:ab)*').matchesFully(text)).toBe(true);
  expect(python('.*c').match(text)).toBeUndefined();
});

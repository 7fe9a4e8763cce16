import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { compilePattern } from './pattern.ts';

interface Case {
  readonly pattern: string;
  readonly error?: string;
  /** A text, and where the pattern matches in it, in code points; matches of nothing left out. */
  readonly texts?: readonly (readonly [string, readonly (readonly [number, number])[]])[];
}

const cases = JSON.parse(
  readFileSync(new URL('golden/oniguruma.json', import.meta.url), 'utf8'),
) as Case[];
const oniguruma = (source: string) =>
  compilePattern({ source, dialect: 'oniguruma', owner: '@tunesmith/models' });

/** What Oniguruma reads and this parser names as unknown. */
const refused = [
  String.raw`\K`,
  String.raw`\Ra`,
  String.raw`\X`,
  '(?~a)',
  String.raw`\g<1>(a)`,
  '(?(1)a|b)',
  '(?<=a+)b',
];

describe('patterns as Oniguruma reads them', () => {
  test.each(cases.filter(({ texts, pattern }) => texts && !refused.includes(pattern)))(
    '$pattern',
    ({ pattern, texts }) => {
      const ours = texts!.map(([text]) => {
        const points = (at: number): number => Array.from(text.slice(0, at)).length;
        const places = oniguruma(pattern)
          .matches(text)
          .filter(({ start, end }) => end > start)
          .map(({ start, end }) => [points(start), points(end)]);
        return [text, places];
      });
      expect(ours).toEqual(texts);
    },
  );

  test.each([...cases.filter(({ error }) => error), ...refused.map((pattern) => ({ pattern }))])(
    'refused: $pattern',
    ({ pattern }) => {
      expect(() => oniguruma(pattern)).toThrow(/is not a regular expression that can be used/);
    },
  );
});

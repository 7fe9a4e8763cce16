import { existsSync, readFileSync } from 'node:fs';
import { JinjaError } from '@tunesmith/jinja';
import { expect, test } from 'vitest';
import { compilePromptsource, type CompiledPromptsource } from './template.ts';

interface Line {
  readonly file: string;
  readonly name: string;
  readonly jinja: string;
  readonly answer_choices: string | null;
  readonly record: Readonly<Record<string, unknown>>;
  readonly parts?: readonly string[];
  readonly choices?: readonly string[] | null;
  /** The Python exception. */
  readonly error?: string;
}

const compiled = new Map<string, CompiledPromptsource>();

function compile({ name, jinja, answer_choices: answerChoices }: Line): CompiledPromptsource {
  const key = `${name}\n${jinja}\n${answerChoices}`;
  const known = compiled.get(key);
  if (known) return known;
  const metadata = { choicesInPrompt: null, originalTask: null, languages: [], metrics: [] };
  const made = compilePromptsource({ id: '', name, jinja, answerChoices, reference: '', metadata });
  compiled.set(key, made);
  return made;
}

function applied(line: Line): unknown {
  try {
    return compile(line).apply(line.record, { random: () => 0 });
  } catch (error) {
    if (error instanceof JinjaError && error.reason === 'failed') return { error: 'failed' };
    return { error };
  }
}

function expected({ parts, choices, error }: Line): unknown {
  return error === undefined ? { parts, choices } : { error: 'failed' };
}

const linesOf = (path: string | URL): Line[] =>
  readFileSync(path, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);

test.each(linesOf(new URL('../../goldens/promptsource/sample.jsonl', import.meta.url)))(
  '$file: $name',
  (line) => {
    expect(applied(line)).toEqual(expected(line));
  },
);

const all = process.env['TUNESMITH_PROMPTSOURCE'];

test('every template of promptsource renders as in Python', (context) => {
  if (all === undefined || !existsSync(all))
    return context.skip('TUNESMITH_PROMPTSOURCE names no file of goldens/promptsource/make.py');
  const lines = linesOf(all);
  const wrong = lines.filter((line) => !same(applied(line), expected(line)));
  expect(new Set(lines.map(({ file, name }) => `${file} ${name}`)).size).toBe(2085);
  expect(wrong.map((line) => [line.file, line.name, applied(line), expected(line)])).toEqual([]);
});

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** The template cases of pallets/jinja's and of @huggingface/jinja's own tests: `goldens/make_cases.py` asked jinja2 for them. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { JinjaError } from './errors.ts';
import type { Language } from './language.ts';
import { evaluationLanguage } from './presets.ts';
import { compileJinja } from './render.ts';

interface Case {
  readonly template: string;
  readonly trimBlocks: boolean;
  readonly stripBlocks: boolean;
  readonly keepLastBreak: boolean;
  readonly loopControls: boolean;
  readonly strictUndefined: boolean;
  readonly variables?: Readonly<Record<string, unknown>>;
  readonly text?: string;
  /** The Python exception; absent where there is text. */
  readonly error?: string;
}

const file = new URL('../goldens/cases.golden.json', import.meta.url);
const golden = JSON.parse(readFileSync(file, 'utf8')) as Record<string, { cases: readonly Case[] }>;

function render({ template, variables = {}, ...how }: Case): string {
  const { trimBlocks, stripBlocks, keepLastBreak, loopControls, strictUndefined } = how;
  const language: Language = {
    ...evaluationLanguage,
    name: 'jinja2',
    trimming: { trimBlocks, stripBlocks, keepLastBreak },
    loopControls,
    strictUndefined,
  };
  return compileJinja(template, language).render(variables);
}

/** What came of a case, where that is not what Python makes of it; `unsupported` names what is missing. */
function outcome(one: Case): string | undefined {
  try {
    const text = render(one);
    return text === one.text ? undefined : JSON.stringify(text);
  } catch (error) {
    if (!(error instanceof JinjaError)) throw error;
    if (error.reason === 'unsupported') return `unsupported: ${error.said}`;
    return one.error === undefined ? `${error.reason}: ${error.said}` : undefined;
  }
}

/** What Python has and this package refuses by name, and how many of the cases use it. */
const missing: Readonly<Record<string, number>> = {
  'the tag {% autoescape %}': 6,
  'the tag {% block %}': 4,
  'an integer beyond 2^53': 1,
};

test.each([
  ['pallets', 400],
  ['huggingface', 157],
])('%s: what jinja2 renders, or what is missing by its name', (name, fewest) => {
  const { cases } = golden[name]!;
  expect(cases.length).toBeGreaterThanOrEqual(fewest);
  const wrong: unknown[] = [];
  const refused: Record<string, number> = {};
  for (const one of cases) {
    const found = outcome(one);
    const [, feature] = /^unsupported: (.*) is not supported$/.exec(found ?? '') ?? [];
    if (feature !== undefined) refused[feature] = (refused[feature] ?? 0) + 1;
    else if (found !== undefined) wrong.push({ ...one, found });
  }
  expect(wrong).toEqual([]);
  expect(refused).toEqual(name === 'pallets' ? missing : {});
});

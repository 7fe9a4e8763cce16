import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { JinjaError } from './errors.ts';
import { chatLanguage } from './presets.ts';
import { compileJinja } from './render.ts';

interface Rendered {
  readonly text?: string;
  /** The Python exception; absent where there is text. */
  readonly error?: string;
}

interface Golden {
  readonly now: string;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly constructs: readonly (Rendered & { readonly template: string })[];
  readonly models: readonly (Rendered & {
    readonly model: string;
    readonly conversation: string;
  })[];
}

const read = (path: string): string =>
  readFileSync(new URL(`../goldens/${path}`, import.meta.url), 'utf8');
const { now, variables, constructs, models } = JSON.parse(read('jinja.golden.json')) as Golden;
const conversations = JSON.parse(read('conversations.json')) as Readonly<
  Record<string, Readonly<Record<string, unknown>>>
>;

function render(template: string, given: Readonly<Record<string, unknown>>): string {
  const variables = { tools: null, documents: null, ...given };
  return compileJinja(template, chatLanguage).render(variables, { now: new Date(now) });
}

/** What Python renders and this interpreter refuses by name. */
const refused = new Set(['{{ namespace }}', '{% block a %}x{% endblock %}']);

function check(template: string, given: Readonly<Record<string, unknown>>, right: Rendered): void {
  if (right.error === undefined) expect(render(template, given)).toBe(right.text);
  else expect(() => render(template, given)).toThrow(JinjaError);
}

describe('renders as transformers does', () => {
  test.for(constructs.filter(({ template }) => !refused.has(template)))(
    '$template',
    (construct) => {
      check(construct.template, variables, construct);
    },
  );

  test.for(models)('$model: $conversation', (rendered) => {
    const given = { bos_token: '<s>', eos_token: '</s>', ...conversations[rendered.conversation] };
    check(read(`models/${rendered.model}`), given, rendered);
  });
});

test.for([...refused])('refuses by name: %s', (template) => {
  expect(() => render(template, variables)).toThrow(/ is not supported/);
});

test('tells a refusal of the template from its failure', () => {
  const reasonOf = (template: string): unknown => {
    try {
      return render(template, {});
    } catch (error) {
      return error instanceof JinjaError && error.reason;
    }
  };
  expect(reasonOf('{% if %}')).toBe('syntax');
  expect(reasonOf("{{ raise_exception('roles') }}")).toBe('refused');
  expect(reasonOf('{{ nothing.here }}')).toBe('failed');
  expect(reasonOf("{% include 'other' %}")).toBe('unsupported');
  expect(reasonOf('{{ 2 ** 53 }}')).toBe('unsupported');
});

test('tells numbers as JSON has them: whole ones are int', () => {
  expect(render('{{ a }} {{ b }} {{ c }}', { a: 1, b: 1.5, c: [2] })).toBe('1 1.5 [2]');
  expect(() => render('{{ a }}', { a: 2 ** 60 })).toThrow(/the number 1152921504606847000/);
});

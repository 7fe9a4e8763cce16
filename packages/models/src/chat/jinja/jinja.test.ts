import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { golden } from '../../../test-support/fixtures.ts';
import { compileTemplate } from '../template.ts';

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

const read = (path: string): string => readFileSync(golden(`jinja/${path}`), 'utf8');
const { now, variables, constructs, models } = JSON.parse(read('jinja.golden.json')) as Golden;
const conversations = JSON.parse(read('conversations.json')) as Readonly<
  Record<string, Readonly<Record<string, unknown>>>
>;

function render(template: string, given: Readonly<Record<string, unknown>>): string {
  return compileTemplate(template).render(given, new Date(now));
}

/** What Python renders and this interpreter refuses by name. */
const refused = new Set([
  '{{ namespace }}',
  '{{ range(3) | random is defined }}',
  '{% block a %}x{% endblock %}',
]);

function check(template: string, given: Readonly<Record<string, unknown>>, right: Rendered): void {
  if (right.error === undefined) expect(render(template, given)).toBe(right.text);
  else expect(() => render(template, given)).toThrow(/the chat template/);
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
  const codeOf = (template: string): unknown => {
    try {
      return render(template, {});
    } catch (error) {
      return (error as { code: string }).code;
    }
  };
  expect(codeOf('{% if %}')).toBe('invalid-chat-template');
  expect(codeOf("{{ raise_exception('roles') }}")).toBe('chat-template-failed');
  expect(codeOf('{{ nothing.here }}')).toBe('chat-template-failed');
  expect(codeOf("{% include 'other' %}")).toBe('unsupported-chat-template');
  expect(codeOf('{{ 2 ** 53 }}')).toBe('unsupported-chat-template');
});

test('keeps tools and documents None where they are not given', () => {
  expect(render('{{ tools }} {{ documents }} {{ other }}', {})).toBe('None None ');
  expect(render('{{ tools | length }}', { tools: [{}] })).toBe('1');
});

test('tells numbers as JSON has them: whole ones are int', () => {
  expect(render('{{ a }} {{ b }} {{ c }}', { a: 1, b: 1.5, c: [2] })).toBe('1 1.5 [2]');
  expect(() => render('{{ a }}', { a: 2 ** 60 })).toThrow(/the number 1152921504606847000/);
});

import { expect, test } from 'vitest';
import { compileTemplate } from './template.ts';

function codeOf(template: string): unknown {
  try {
    return compileTemplate(template).render({}, new Date(0));
  } catch (error) {
    return (error as { code: string }).code;
  }
}

test.each([
  ['{% if %}', 'invalid-chat-template'],
  ["{{ raise_exception('roles') }}", 'chat-template-failed'],
  ['{{ nothing.here }}', 'chat-template-failed'],
  ["{% include 'other' %}", 'unsupported-chat-template'],
  ["{{ 'a' * 10 ** 9 }}", 'chat-template-limit'],
])('%s ends in %s', (template, code) => {
  expect(codeOf(template)).toBe(code);
});

test('a message names the line', () => {
  expect(() => compileTemplate('a\n\n{{ nothing.here }}').render({}, new Date(0))).toThrow(
    "the chat template cannot be rendered: 'nothing' is undefined (line 3)",
  );
});

test('tools and documents are None where they are not given', () => {
  const render = (template: string, variables = {}): string =>
    compileTemplate(template).render(variables, new Date(0));
  expect(render('{{ tools }} {{ documents }} {{ other }}')).toBe('None None ');
  expect(render('{{ tools | length }}', { tools: [{}] })).toBe('1');
});

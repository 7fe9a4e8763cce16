import { describe, expect, test } from 'vitest';
import { JinjaError } from './errors.ts';
import { chatLanguage } from './presets.ts';
import { compileJinja } from './render.ts';

function rendered(template: string, variables: Readonly<Record<string, unknown>> = {}): unknown {
  try {
    return compileJinja(template, chatLanguage).render(variables);
  } catch (error) {
    return error instanceof JinjaError ? error.reason : error;
  }
}

const nested = (open: string, close: string, times: number): string =>
  open.repeat(times) + '1' + close.repeat(times);

describe('stops a template that asks for too much', () => {
  test.for([
    ['a long range', '{% for i in range(10 ** 9) %}x{% endfor %}'],
    [
      'loops within loops',
      '{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}',
    ],
    [
      'a loop that prints',
      '{% for i in range(99999) %}{% for j in range(99999) %}xxxxxxxx{% endfor %}{% endfor %}',
    ],
    [
      'lazy filters',
      "{% for i in range(99999) %}{{ range(99999) | map('string') | join | length }}{% endfor %}",
    ],
    [
      'a filtered loop',
      '{% for i in range(99999) %}{% for j in range(99999) if false %}{% endfor %}{% endfor %}',
    ],
    ['text times a number', "{{ 'a' * 10 ** 9 }}"],
    ['a list times a number', '{{ [0] * 10 ** 9 }}'],
    [
      'text that doubles',
      "{% set n = namespace(t='ab') %}{% for i in range(60) %}{% set n.t = n.t + n.t %}{% endfor %}",
    ],
    [
      'text that doubles by ~',
      "{% set n = namespace(t='ab') %}{% for i in range(60) %}{% set n.t = n.t ~ n.t %}{% endfor %}",
    ],
    [
      'a list that doubles',
      '{% set n = namespace(t=[1]) %}{% for i in range(60) %}{% set n.t = n.t + n.t %}{% endfor %}',
    ],
    [
      'values shared within values',
      '{% set n = namespace(t=[]) %}{% for i in range(60) %}{% set n.t = [n.t, n.t] %}{% endfor %}{{ n.t }}',
    ],
    [
      'JSON of shared values',
      '{% set n = namespace(t=[]) %}{% for i in range(60) %}{% set n.t = [n.t, n.t] %}{% endfor %}{{ n.t | tojson }}',
    ],
    [
      'equality of shared values',
      '{% set n = namespace(t=[], u=[]) %}{% for i in range(60) %}{% set n.t = [n.t, n.t] %}{% set n.u = [n.u, n.u] %}{% endfor %}{{ n.t == n.u }}',
    ],
    [
      'values within values',
      '{% set n = namespace(t=[]) %}{% for i in range(9999) %}{% set n.t = [n.t] %}{% endfor %}{{ n.t }}',
    ],
    ['a macro that calls itself', '{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}'],
    [
      'a macro that calls itself twice',
      '{% macro m(n) %}{% if n %}{{ m(n - 1) }}{{ m(n - 1) }}{% endif %}{% endmacro %}{{ m(100) }}',
    ],
    ['a loop that calls itself', '{% for x in [1] recursive %}{{ loop([1]) }}{% endfor %}'],
    ['replacement that grows', "{{ ('a' * 999999).replace('a', 'b' * 999999) }}"],
    ['a wide center', "{{ 'a' | center(10 ** 9) }}"],
    ['a wide ljust', "{{ 'a'.ljust(10 ** 9) }}"],
    ['a wide zfill', "{{ 'a'.zfill(10 ** 9) }}"],
    ['wide tabs', "{{ '\\t'.expandtabs(10 ** 9) }}"],
    ['a wide indent', "{{ 'a\\nb' | indent(10 ** 9) }}"],
    ['a wide indent of JSON', '{{ [1] | tojson(indent=10 ** 9) }}'],
    [
      'deep JSON with an indent',
      '{% set n = namespace(t=[1]) %}{% for i in range(90) %}{% set n.t = [n.t] %}{% endfor %}{{ n.t | tojson(indent=10 ** 7) }}',
    ],
    ['a wide %-format', "{{ '%1000000000d' % 5 }}"],
    ['a wide format', "{{ '{:1000000000}'.format(5) }}"],
    ['a full batch', "{{ [1] | batch(10 ** 9, 'x') | list }}"],
    ['many slices', '{{ [1] | slice(10 ** 9) | list }}'],
    ['a long join', "{{ ('ab' * 9999).join(range(99999) | map('string')) }}"],
    ['a long join filter', "{{ range(99999) | join('ab' * 9999) }}"],
    ['parentheses', `{{ ${nested('(', ')', 5000)} }}`],
    ['lists within lists', `{{ ${nested('[', ']', 5000)} }}`],
    ['signs', `{{ ${'-'.repeat(5000)}1 }}`],
    ['negations', `{{ ${'not '.repeat(5000)}1 }}`],
    ['a long sum', `{{ 1${' + 1'.repeat(5000)} }}`],
    ['long filters', `{{ 1${' | abs'.repeat(5000)} }}`],
    ['long attributes', `{{ a${'.b'.repeat(5000)} }}`],
    ['conditions', `{{ 1${' if 1 else 1'.repeat(5000)} }}`],
    ['blocks within blocks', nested('{% if 1 %}', '{% endif %}', 5000)],
    ['loops within loops in the text', nested('{% for i in [1] %}', '{% endfor %}', 5000)],
  ] as const)('%s', { timeout: 20_000 }, ([, template]) => {
    expect(rendered(template)).toBe('limit');
  });

  test('variables within variables', () => {
    let messages: unknown = [];
    for (let i = 0; i < 5000; i++) messages = [messages];
    expect(rendered('{{ messages }}', { messages })).toBe('limit');
  });
});

test('renders a conversation of thousands of long turns', () => {
  const messages = Array.from({ length: 4000 }, (_, i) => ({
    role: i % 2 === 0 ? 'user' : 'assistant',
    content: `${i} ${'word '.repeat(500)}`,
  }));
  const template =
    "{% set n = namespace(last=0) %}{% for m in messages[::-1] %}{% if m.role == 'user' %}{% set n.last = loop.index0 %}{% endif %}{% endfor %}" +
    "{% for m in messages %}{{ '<|' + m.role + '|>' + m['content'] | trim }}{% if not loop.last %}{{ '\n' }}{% endif %}{% endfor %}";
  const text = rendered(template, { messages }) as string;
  expect(text.length).toBeGreaterThan(9_000_000);
  expect(text.startsWith('<|user|>0 word')).toBe(true);
});

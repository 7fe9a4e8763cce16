import { describe, expect, test } from 'vitest';
import { evaluationLanguage, promptsourceLanguage } from './presets.ts';
import { compileJinja } from './render.ts';

const promptsource = (template: string, variables = {}): string =>
  compileJinja(template, promptsourceLanguage).render(variables, { random: () => 0.99 });
const evaluation = (template: string, variables = {}): string =>
  compileJinja(template, evaluationLanguage).render(variables);

// What each gives was asked of jinja2 3.1.6, with promptsource's filters where they stand.
describe("promptsource's templates", () => {
  test.each([
    ['{% set l = [1] %}{{ l.append(2) }} {{ l }}', 'None [1, 2]'],
    ['{% set l = [3, 1, 2] %}{{ l.pop() }}{{ l.pop(0) }}{{ l }}', '23[1]'],
    [
      '{% set l = [1, 2] %}{{ l.insert(-9, 0) }}{{ l.extend("ab") }}{{ l }}',
      "NoneNone[0, 1, 2, 'a', 'b']",
    ],
    [
      '{% set l = [3, 1, 2] %}{{ l.sort(reverse=true) }}{{ l }}{{ l.reverse() }}{{ l }}',
      'None[3, 2, 1]None[1, 2, 3]',
    ],
    ['{% set l = [1, 2, 1] %}{{ l.remove(1) }}{{ l }}{{ l.clear() }}{{ l }}', 'None[2, 1]None[]'],
    [
      '{% set d = {"a": 1} %}{{ d.update({"b": none}) }}{{ d.pop("b") }}{{ d }}',
      "NoneNone{'a': 1}",
    ],
    ['{% set d = {} %}{{ d.setdefault("a", 2) }}{{ d.popitem() }}{{ d }}', "2('a', 2){}"],
    ['{{ {(1, "1"): 2}[(1, "1")] }}{{ {(1, 1): 2}.get((1, "1")) }}', '2None'],
    ['{{ [1, 2, 2, 1, 3] | most_frequent }}{{ [] | most_frequent }}', '[1, 2]None'],
    ['{{ [1, 2, 3] | choice }}{{ "abc" | choice }}{{ [none] | choice }}', '3cNone'],
    ['{% for a, b in zip([1, 2], "ab") %}{{ a }}{{ b }}{% endfor %}', '1a2b'],
    ['{{ {"b": "é<", "a": 1} | tojson }}', '{"a": 1, "b": "\\u00e9\\u003c"}'],
    ['{% if true %}\n  x\n{% endif %}\n', '\n  x\n'],
    ['{{ missing }}|{{ missing | default("d") }}', '|d'],
  ])('%s', (template, right) => {
    expect(promptsource(template)).toBe(right);
  });

  test.each(['{% break %}', '{% generation %}x{% endgeneration %}'])('have no %s', (template) => {
    expect(() => promptsource(`{% for x in [1] %}${template}{% endfor %}`)).toThrow('unknown tag');
  });
});

describe("lm-evaluation-harness's templates", () => {
  test('what is missing may be asked for, and not be used', () => {
    expect(evaluation('{{ a is defined }}{{ a | default(1) }}\n')).toBe('False1\n');
    for (const use of [
      '{{ a }}',
      '{% if a %}{% endif %}',
      '{% for x in a %}{% endfor %}',
      '{{ a == 1 }}',
      '{{ {}.x }}',
    ])
      expect(() => evaluation(use)).toThrow('(line 1)');
  });
});

describe('nothing of JavaScript or of Python inside can be reached', () => {
  test.each(['__proto__', 'constructor', 'prototype', '__class__', '__init__', 'toString'])(
    '%s',
    (name) => {
      for (const value of ['{}', '[]', '"a"', '1', 'record', 'range', 'namespace(a=1)'])
        expect(promptsource(`{{ ${value}.${name} is defined }}`, { record: {} })).toBe('False');
    },
  );

  test('a key of that name is a key', () => {
    const record = JSON.parse('{"__proto__": 1, "constructor": 2}') as object;
    expect(promptsource('{{ r["__proto__"] }}{{ r["constructor"] }}', { r: record })).toBe('12');
  });
});

test('an error names template and line', () => {
  const template = compileJinja('a\n{% set x = 1 %}\n{{ x.y.z }}', promptsourceLanguage, 'third');
  expect(() => template.render({})).toThrow(/template "third": .*no attribute 'y' \(line 3\)/);
});

test('a template tells which variables it reads', () => {
  const source =
    '{% set a = b %}{% for c in d %}{{ c }}{{ loop.index }}{{ range(3) }}{{ a.e }}{% endfor %}';
  expect(compileJinja(source, promptsourceLanguage).variables).toEqual(['b', 'd']);
});

import type { Instance } from '@tunesmith/schema';
import { describe, expect, test } from 'vitest';
import { countWords } from '../text-of.ts';
import { withExemplars } from './exemplars.ts';
import { fewShotDefaults, fewShotPrompt, flan2021Format, pruneExemplars } from './few-shot.ts';
import { writeOptions } from './options.ts';
import { fillPattern, isInverted, readPatterns, withoutOptions } from './patterns.ts';

describe('exemplars within a budget', () => {
  // The vectors of FLAN's own test: questions of 1, 2 and 3 tokens with answers of 1 behind a question of 5.
  const exemplars = [1, 2, 3].map((length) => ({ inputs: 'q '.repeat(length), targets: 'a' }));
  test.each([
    [15, 3],
    [10, 2],
    [13, 2],
    [8, 1],
    [1, 0],
  ])('a budget of %i keeps %i', (budget, kept) => {
    const found = pruneExemplars(exemplars, 'e e e e e', budget, countWords);
    expect(found).toEqual(exemplars.slice(0, kept));
  });
});

describe('a question behind exemplars', () => {
  const exemplars = [{ inputs: '2+2?', targets: '4' }];

  test("in FLAN 2021's format", () => {
    expect(fewShotPrompt(exemplars, '3+3?', flan2021Format)).toBe('0 2+2? X 1 4 X 0 3+3? X 1 FLAN');
    expect(fewShotPrompt([], '3+3?', flan2021Format)).toBe('0 3+3? X 1 FLAN');
  });

  test("in a pattern's own format", () => {
    const format = {
      ...fewShotDefaults,
      inputsPrefix: 'Q: ',
      targetsPrefix: 'A: ',
      delimiter: '\n',
    };
    expect(fewShotPrompt(exemplars, '3+3?', format)).toBe('Q: 2+2?\nA: 4\n\n\nQ: 3+3?\nA:');
  });
});

describe('answers to choose from', () => {
  const key = { seed: 1, key: 'row 1' };

  test('with dashes and with letters', () => {
    expect(writeOptions(['yes', 'no'], 'no', 'list', key)).toEqual({
      text: 'OPTIONS:\n- yes\n- no',
      answer: 'no',
    });
    expect(writeOptions(['yes', 'no'], 'no', 'letters', key).text).toBe(
      'OPTIONS:\n(A) yes\n(B) no',
    );
  });

  test('in a format drawn for the row, the mark of an item is the answer where marks differ', () => {
    const written = Array.from({ length: 60 }, (_, row) =>
      writeOptions(['yes', 'no'], 'no', 'mixed', { seed: 3, key: `row ${row}` }),
    );
    expect(new Set(written.map(({ text }) => text)).size).toBeGreaterThan(20);
    for (const { text, answer } of written) {
      const line = text.split('\n').find((one) => / no[.]?$/.test(one))!;
      const mark = line.slice(0, line.lastIndexOf(' no'));
      expect(answer).toBe(['-', '*', '•'].includes(mark) ? 'no' : mark);
    }
  });
});

describe('patterns', () => {
  const content = {
    rte: [
      ['{premise}\n\nSo {hypothesis}\n\n{options_}', '{answer}'],
      { inputs: 'Write a text. {answer}', targets: '{premise}', x_y_delimiter: ' -> ' },
    ],
    other: [['{x} {odd', '{y}']],
  };
  const [first, second] = readPatterns(content, 'p.json', ['rte']);

  test('are read from pairs and from mappings, group by group', () => {
    expect(readPatterns(content, 'p.json').map(({ name }) => name)).toEqual([
      'rte/0',
      'rte/1',
      'other/0',
    ]);
    expect(second!.fewShot).toEqual({ ...fewShotDefaults, delimiter: ' -> ' });
  });

  test('a field stands in braces; a lone brace stays', () => {
    expect(fillPattern('{x} {odd {} {z}', { x: '{z}' })).toBe('{z} {odd {} {z}');
  });

  test('lose the answers to choose from with the lines before them', () => {
    expect(withoutOptions(first!).inputs).toBe('{premise}\n\nSo {hypothesis}');
  });

  test('that show the answer are inverted', () => {
    expect([first!, second!].map((pattern) => isInverted(pattern))).toEqual([false, true]);
  });

  test.each([
    [[], 'p.json: it is no mapping of groups'],
    [{ a: 1 }, 'p.json: the group a is no list'],
    [{ a: [['x']] }, 'p.json: the pattern a/0 is no pair of texts'],
    [{ a: [{ inputs: 'x', targets: 'y', sufix: '' }] }, 'the pattern a/0 has the key "sufix"'],
  ])('%j is refused', (bad, message) => {
    expect(() => readPatterns(bad, 'p.json')).toThrow(message);
  });
});

describe('instances behind exemplars', () => {
  const instance = (id: string, template: string): Instance => ({
    id,
    instruction: `question ${id}`,
    output: `answer ${id}`,
    meta: { template },
  });
  const all = [...'abcdef'].map((id) => instance(id, 'one')).concat(instance('z', 'two'));
  const settings = { shots: 3, seed: 5, formatOf: () => fewShotDefaults };

  test('are others of the same template, each once, the same for the same seed', () => {
    const shown = [...withExemplars(all, settings)];
    expect([...withExemplars(all, settings)]).toEqual(shown);
    const [first] = shown;
    const used = [...first!.instruction.matchAll(/question (\w)\n\nanswer \1/g)].map(
      ([, id]) => id,
    );
    expect(new Set(used).size).toBe(3);
    expect(used).not.toContain('a');
    expect(first!.instruction.endsWith('question a\n\n')).toBe(true);
    expect(shown.at(-1)).toMatchObject({ meta: { exemplars: 0 } });
  });

  test('as many as there are', () => {
    const [first] = withExemplars(all, { ...settings, shots: 20 });
    expect(first!.meta).toMatchObject({ exemplars: 5 });
  });

  test('and as fit', () => {
    const [first] = withExemplars(all, { ...settings, budget: 7 });
    expect(first!.meta).toMatchObject({ exemplars: 1 });
  });
});

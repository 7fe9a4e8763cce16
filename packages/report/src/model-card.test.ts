import { expect, test } from 'vitest';
import { modelCard } from './model-card.ts';

const facts = {
  title: 'LoRA on tiny',
  base: 'tiny',
  facts: [['Method', 'lora r=8']],
  data: [['rows.jsonl', 'all']],
  scores: [],
} as const;

test('a card says what was tuned, how and on what', () => {
  expect(modelCard(facts)).toBe(`---
library_name: transformers
tags: [tunesmith]
---

# LoRA on tiny

Tuned by Tunesmith from \`tiny\`.

|  |  |
| --- | --- |
| Method | lora r=8 |

## License

The files of the base state no license: look where it came from.

## Data

| source | rows |
| --- | --- |
| rows.jsonl | all |
`);
});

test('programs read the base and its license in front', () => {
  const [, front] = modelCard({ ...facts, baseOnHub: 'org/tiny', license: 'mit' }).split('---');
  expect(front).toBe(
    '\nlicense: "mit"\nbase_model: "org/tiny"\nbase_model_relation: finetune\nlibrary_name: transformers\ntags: [tunesmith]\n',
  );
});

test('scores stand beside those of the base, with the interval of what changed', () => {
  const score = {
    task: 'plurals',
    metric: 'exact',
    higherIsBetter: true,
    before: { value: 0.25, n: 20 },
    after: { value: 0.75, n: 20 },
    difference: { value: 0.5, low: 0.3, high: 0.7, n: 20 },
  };
  expect(modelCard({ ...facts, scores: [score] })).toContain(
    '| plurals | exact | 0.250 | 0.750 | 0.500 (0.300 to 0.700) |',
  );
});

test('what names hold breaks no table', () => {
  expect(modelCard({ ...facts, data: [['a|b\nc', '1']] })).toContain('| a\\|b c | 1 |');
});

test('an adapter and a conversion are called what they are', () => {
  const baseOnHub = 'org/tiny';
  const adapter = modelCard({ ...facts, baseOnHub, library: 'peft', relation: 'adapter' });
  expect(adapter).toContain('base_model_relation: adapter\nlibrary_name: peft\n');
  expect(adapter).toContain('An adapter, tuned by Tunesmith for `tiny`.');
  const converted = modelCard({ ...facts, library: 'transformers.js', relation: 'quantized' });
  expect(converted).toContain('library_name: transformers.js\n');
  expect(converted).toContain('Converted by Tunesmith from `tiny`.');
});

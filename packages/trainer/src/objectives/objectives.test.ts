import { openDevice } from '@tunesmith/runtime/node';
import type { Conversation, RunEvent, StepEvent } from '@tunesmith/schema';
import { expect, test } from 'vitest';
import { tinyBert, tinyLlama, tinyT5, temporaryFolder } from '../../test-support/tiny.ts';
import { wordCount, wordTokenizer } from '../../test-support/word-tokenizer.ts';
import { train } from '../node/train.ts';
import { completeObjective, objectives } from './plugins.ts';

const labels = ['great', 'bad'];
const vocabulary = wordCount;
const data = ['the cat', 'a movie !', 'it was the mat', 'the cats sat', 'a cat'].map(
  (content, i): Conversation => ({
    id: `${i}`,
    messages: [
      { role: 'user', content },
      { role: 'assistant', content: labels[i % 2]! },
    ],
    meta: { choices: labels, distribution: i % 2 ? [1, 9] : [9, 1] },
  }),
);
const models = {
  'causal-lm': tinyLlama({ vocabulary }),
  seq2seq: tinyT5({ vocabulary }),
  'masked-lm': tinyBert({ vocabulary }),
  classification: tinyBert({ vocabulary, labels }),
  choice: tinyBert({ vocabulary }),
  distillation: tinyBert({ vocabulary, labels }),
};
/** Which token is masked is a matter of luck, so that the loss of a step is too. */
const lengths = { 'masked-lm': 90 } as Partial<Record<keyof typeof models, number>>;
const options = (name: keyof typeof models, steps = lengths[name] ?? 30) => ({
  model: models[name],
  full: true,
  tokenizer: wordTokenizer(name === 'seq2seq' ? 'end' : 'both'),
  objective: name,
  data,
  training: {
    steps,
    batch_size: 2,
    gradient_accumulation: 2,
    max_length: 32,
    packing: false,
    checkpoint_every: 4,
    optimizer: { learning_rate: 1e-2 },
    schedule: { name: 'constant' },
  },
  seed: 3,
});

test.each(Object.keys(models) as (keyof typeof models)[])(
  'a run with the objective %s learns, and measures by it',
  async (name) => {
    const device = await openDevice('cpu');
    const steps: StepEvent[] = [];
    const measured: number[] = [];
    await train({
      ...options(name),
      device,
      evaluation: {
        every: (lengths[name] ?? 30) / 2,
        async run({ measure }) {
          const { prepareData } = await import('../data/prepare.ts');
          const { createObjective } = await import('./plugins.ts');
          const objective = createObjective(name, {
            model: models[name],
            tokenizer: options(name).tokenizer,
            maximumLength: 32,
            virtualTokens: { input: 0, keys: 0 },
          });
          const { source } = await prepareData(data, { objective, packing: false });
          const { loss, means, n } = await measure(source);
          expect(n).toBeGreaterThanOrEqual(data.length);
          expect(means['accuracy']).toBeLessThanOrEqual(1);
          measured.push(loss);
          return { results: [] };
        },
      },
      onEvent: (event) => event.type === 'step' && steps.push(event),
    });
    await device.close();
    expect(steps[0]).toHaveProperty('accuracy');
    const mean = (part: StepEvent[]) => part.reduce((sum, { loss }) => sum + loss, 0) / part.length;
    expect(mean(steps.slice(-8))).toBeLessThan(0.8 * mean(steps.slice(0, 2)));
    expect(measured).toHaveLength(2);
    expect(measured.every(Number.isFinite)).toBe(true);
  },
);

test('a run with masks that are drawn goes on bit for bit', async () => {
  const device = await openDevice('cpu');
  const losses = async (directory: string, steps: number, resume = false): Promise<number[]> => {
    const found: number[] = [];
    const onEvent = (event: RunEvent) => void (event.type === 'step' && found.push(event.loss));
    await train({ ...options('masked-lm', steps), device, directory, resume, onEvent });
    return found;
  };
  const whole = await losses(await temporaryFolder(), 10);
  const folder = await temporaryFolder();
  const before = await losses(folder, 4);
  const after = await losses(folder, 10, true);
  await device.close();
  expect([...before, ...after]).toEqual(whole);
});

test('another objective, or other options of it, is another run', async () => {
  const device = await openDevice('cpu');
  const directory = await temporaryFolder();
  await train({ ...options('masked-lm', 2), device, directory });
  const objective = { name: 'masked-lm', rate: 0.3 };
  await expect(
    train({ ...options('masked-lm', 2), objective, device, directory, resume: true }),
  ).rejects.toThrow(/objective.rate was 0.15 and is 0.3/);
  await device.close();
});

test('an objective is named by its name or with options, and both are checked', () => {
  expect(completeObjective({ name: 'choice' }).complete).toEqual({
    name: 'choice',
    length_normalized: false,
    several_words: 'mean',
    masked_lm: { weight: 0, rate: 0.15, mask_share: 0.8, random_share: 0.1 },
  });
  expect(() => completeObjective('chioce')).toThrow(/nearest: "choice"/);
  expect(() => completeObjective({ name: 'masked-lm', rate: 2 })).toThrow(/rate is 2/);
  expect(objectives.map(({ name }) => name)).toEqual([
    'causal-lm',
    'seq2seq',
    'masked-lm',
    'classification',
    'choice',
    'distillation',
  ]);
});

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadModel, loadTokenizer } from '@tunesmith/models/node';
import type { RecipeInput, StageRecipe } from '@tunesmith/schema';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { learnTokenizer } from '../learn-tokenizer.ts';
import { runStages } from './run.ts';

const model = fileURLToPath(new URL('../../../testing/fixtures/peft/base_llama', import.meta.url));

let folder: string;
let rows: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tokenizer-stage-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  rows = join(folder, 'rows.jsonl');
  const messages = (question: string, answer: string) => ({
    messages: [
      { role: 'user', content: question },
      { role: 'assistant', content: answer },
    ],
  });
  const texts = ['one two three', 'two three four', 'three four five'];
  await writeFile(
    rows,
    texts.map((text) => JSON.stringify(messages(text, `${text} six`))).join('\n'),
  );
});

const words = (more: Partial<StageRecipe> = {}): StageRecipe => ({
  name: 'words',
  job: 'tokenizer',
  vocabulary_size: 280,
  ...more,
});

const recipe = (...stages: StageRecipe[]): RecipeInput => ({
  model,
  data: [{ path: rows }],
  seed: 3,
  output: join(folder, 'run'),
  stages,
});

const trained: StageRecipe = {
  name: 'trained',
  job: 'train',
  model: 'stages.words.model',
  method: 'full',
  training: { steps: 2, max_length: 64 },
  evaluation: { tasks: [] },
};

test('a stage learns the vocabulary that the command learns, and the next trains a new model with it', async () => {
  const { reason } = await runStages(recipe(words(), trained));
  expect(reason).toBe('done');
  const out = join(folder, 'by-command');
  const { vocabularySize } = await learnTokenizer({ path: rows, vocabularySize: 280, out });
  const begun = join(folder, 'run/stages/words/model');
  for (const name of ['tokenizer.json', 'tokenizer_config.json'])
    expect(await readFile(join(begun, name), 'utf8')).toBe(await readFile(join(out, name), 'utf8'));
  const learned = join(folder, 'run/stages/trained/model');
  const { spec } = await loadModel(learned);
  const tokenizer = await loadTokenizer(learned);
  expect(spec.vocabulary).toBe(vocabularySize);
  expect(tokenizer.encode('two three')).toHaveLength(2);
});

test('the shape is the model’s but for what the stage says, the weights follow from the seed', async () => {
  const numbers = async (seed: number): Promise<readonly number[]> => {
    const stage = words({ seed, configuration: { num_hidden_layers: 1 } });
    const output = join(folder, `run ${seed}`);
    await runStages({ ...recipe(stage), output });
    const made = await loadModel(join(output, 'stages/words/model'));
    expect(made.spec.layers).toBe(1);
    return Array.from((await made.weights.read(made.spec.embed.weight)).data.subarray(0, 4));
  };
  const [first, again] = [await numbers(1), await numbers(2)];
  expect(first).not.toEqual(again);
});

test('a finished stage is kept when the run goes on', async () => {
  await runStages(recipe(words()));
  const { stages } = await runStages(recipe(words(), trained), { resume: true });
  expect(stages.map(({ name, reason }) => [name, reason])).toEqual([
    ['words', 'kept'],
    ['trained', 'done'],
  ]);
});

test.each<[string, Partial<StageRecipe>, RegExp]>([
  ['a vocabulary below bytes and special tokens', { vocabulary_size: 258 }, /stage "words".*258/],
  ['a special token that stands twice', { special_tokens: ['<a>', '<a>'] }, /stage "words".*<a>/],
  ['a shape that cannot be', { configuration: { num_attention_heads: 0 } }, /stage "words"/],
  ['no data', { data: [] }, /data/],
  ['a file that is not there', { data: [{ path: 'nowhere.jsonl' }] }, /nowhere\.jsonl/],
])('%s is refused before the first stage', async (_, more, message) => {
  const heard: string[] = [];
  const run = runStages(recipe({ ...words(), ...more }), {
    onEvent: ({ type }) => heard.push(type),
  });
  await expect(run).rejects.toThrow(message);
  expect(heard).toEqual([]);
});

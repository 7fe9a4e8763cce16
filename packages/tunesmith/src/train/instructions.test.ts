import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RecipeInput } from '@tunesmith/schema';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { base } from './test-support/narrow-recipe.ts';
import { train } from './train.ts';

/** Two instructions, and what each makes of any start: the next token is always the same one. */
const told = [
  { instruction: [7, 8, 9], answer: 21 },
  { instruction: [11, 12, 13, 14], answer: 42 },
];

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'instructions-'));
  await writeFile(
    join(home, 'rows.jsonl'),
    rowsOf(24, (row) => told[row % 2]!.instruction),
  );
  await writeFile(
    join(home, 'swapped.jsonl'),
    rowsOf(8, (row) => told[1 - (row % 2)]!.instruction),
  );
});

function rowsOf(count: number, instructionOf: (row: number) => readonly number[]): string {
  const rows = Array.from({ length: count }, (_, row) => {
    const { answer } = told[row % 2]!;
    return JSON.stringify({
      input_ids: [3 + (row % 11), 20 + (row % 7), answer],
      labels: [-100, -100, answer],
      meta: { instruction: instructionOf(row) },
    });
  });
  return `${rows.join('\n')}\n`;
}
afterEach(() => rm(home, { recursive: true, force: true }));

const recipeOf = (output: string, steps = 20): RecipeInput => ({
  model: base,
  data: [
    { path: join(home, 'rows.jsonl'), format: 'tokenized', keep_overlap: true },
    { path: join(home, 'rows.jsonl'), format: 'tokenized', split: 'own' },
    { path: join(home, 'swapped.jsonl'), format: 'tokenized', split: 'swapped' },
  ],
  method: { name: 'hint', adapter_size: 4, prefix_tokens: 2, instruction_tokens: 16 },
  training: {
    steps,
    batch_size: 2,
    max_length: 12,
    packing: true,
    checkpoint_every: 10,
    optimizer: { learning_rate: 1e-2 },
  },
  evaluation: { tasks: ['own', 'swapped'] },
  output: join(home, output),
});

test('documents that share a row follow each its own instruction', async () => {
  const losses: Record<string, number> = {};
  await train(recipeOf('whole', 120), {
    onEvent: (event) => {
      if (event.type === 'evaluation' && event.scores['loss'])
        losses[`${event.task} ${event.phase}`] = event.scores['loss'].value;
    },
  });
  expect(losses['own-loss after']).toBeLessThan(losses['own-loss before']! / 2);
  expect(losses['swapped-loss after']).toBeGreaterThan(losses['own-loss after']! + 1);
});

test('a run that was interrupted goes on to the same hypernetwork', async () => {
  const whole = await train(recipeOf('whole'));
  const recipe = recipeOf('halves');
  const controller = new AbortController();
  await train(recipe, {
    signal: controller.signal,
    onEvent: (event) => event.type === 'step' && event.step === 10 && controller.abort(),
  });
  const rest = await train(recipe, { resume: true });
  const tensors = (adapter: string | undefined): Promise<Buffer> =>
    readFile(join(adapter!, 'adapter_model.safetensors'));
  expect(await tensors(rest.adapter as string)).toEqual(await tensors(whole.adapter as string));
});

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RecipeInput, RunEvent } from '@tunesmith/schema';
import { beforeAll, expect, test } from 'vitest';
import { evaluate } from '../evaluate.ts';
import { openSession } from '../open-session.ts';
import type { TrainSummary } from './job.ts';
import { base, narrowRecipe } from './test-support/narrow-recipe.ts';
import { train } from './train.ts';

let recipe: RecipeInput;
let summary: TrainSummary;
let run: string;
beforeAll(async () => {
  const narrow = await narrowRecipe({ precision: 'nf4' });
  [recipe, run] = [narrow, narrow.output];
  summary = await train(recipe);
});

const lossOf = ({ tasks }: NonNullable<TrainSummary['before']>) => tasks[0]!.scores['loss']!.value;

test('the log names the precision, and what trains is on top of it', async () => {
  const lines = (await readFile(join(run, 'events.jsonl'), 'utf8')).trim().split('\n');
  const events = lines.map((line) => JSON.parse(line) as RunEvent);
  expect(events.find(({ type }) => type === 'start')).toMatchObject({ precision: 'nf4' });
  expect(lossOf(summary.after!)).not.toBe(lossOf(summary.before!));
});

test('an evaluation measures in four bits as the run did, before training and after', async () => {
  const { evaluation: before } = await evaluate(recipe);
  expect(lossOf(before)).toBe(lossOf(summary.before!));
  const { evaluation: exact } = await evaluate({ ...recipe, model: base });
  expect(lossOf(exact)).not.toBe(lossOf(summary.before!));
  const { evaluation: after } = await evaluate(recipe, { adapter: join(run, 'adapter') });
  expect(lossOf(after)).toBe(lossOf(summary.after!));
});

test('what the run tuned is placed in four bits', async () => {
  const session = await openSession({ model: run });
  const placed = await session.placement.get();
  expect(placed.precision).toBe('nf4');
  expect(placed.tensors['model.layers.0.self_attn.q_proj.weight:nf4']).toMatchObject({
    dtype: 'uint8',
  });
  await session.close();
});

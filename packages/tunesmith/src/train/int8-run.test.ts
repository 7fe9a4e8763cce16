import { join } from 'node:path';
import { readWeights } from '@tunesmith/models/node';
import type { RecipeInput } from '@tunesmith/schema';
import { beforeAll, expect, test } from 'vitest';
import { evaluate } from '../evaluate.ts';
import { languageModelOf } from '../session-model.ts';
import { openSession, type ModelOptions } from '../open-session.ts';
import type { TrainSummary } from './job.ts';
import { base, narrowRecipe } from './test-support/narrow-recipe.ts';
import { train } from './train.ts';

let recipe: RecipeInput;
let summary: TrainSummary;
let run: string;
beforeAll(async () => {
  const narrow = await narrowRecipe({ precision: 'int8', calibration_rows: 2 });
  [recipe, run] = [narrow, narrow.output];
  summary = await train(recipe);
});

const scoresOf = ({ tasks }: NonNullable<TrainSummary['before']>) => {
  const [task] = tasks;
  expect(task!.scores['loss']!.value).toBeGreaterThan(0);
  return task!.scores;
};

test('an evaluation of the recipe measures what the run measured before training', async () => {
  const { evaluation } = await evaluate(recipe);
  expect(scoresOf(evaluation)).toEqual(scoresOf(summary.before!));
  const { evaluation: exact } = await evaluate({ ...recipe, model: base });
  expect(scoresOf(exact)).not.toEqual(scoresOf(summary.before!));
});

test('an evaluation with the adapter of the run measures what the run measured after training', async () => {
  const adapter = join(run, 'adapter');
  const { evaluation } = await evaluate(recipe, { adapter });
  expect(scoresOf(evaluation)).toEqual(scoresOf(summary.after!));
  // With the factors of the run, whatever rows a recipe has now.
  const { evaluation: others } = await evaluate(
    { ...recipe, model: { from: base, precision: 'int8', calibration_rows: 0 } },
    { adapter },
  );
  expect(scoresOf(others)).toEqual(scoresOf(summary.after!));
});

test('what the run tuned is placed in integers, with the factors that the run left', async () => {
  const session = await openSession({ model: run });
  const placed = await session.placement.get();
  expect(placed.precision).toBe('int8');
  const factors = await readWeights(join(run, 'int8-smoothing.safetensors'));
  const weight = 'model.layers.0.self_attn.q_proj.weight';
  const { data } = await session.device.read(placed.tensors[`${weight}:smoothing`]!);
  expect(data).toEqual(factors[weight]!.data);
  // Query and key read one tensor, and round it once.
  const key = weight.replace('q_proj', 'k_proj');
  expect(placed.tensors[`${key}:smoothing`]).toBe(placed.tensors[`${weight}:smoothing`]);
  const { data: logits } = await (await languageModelOf(session)).logits([[5, 9, 13]]);
  await session.close();
  const adapter = join(run, 'adapter');
  const exact = await openSession({ model: base, adapter, precision: 'float32' });
  const { data: wanted } = await (await languageModelOf(exact)).logits([[5, 9, 13]]);
  await exact.close();
  const worst = Math.max(...wanted.map((value, i) => Math.abs(value - logits[i]!)));
  expect(worst).toBeGreaterThan(0);
  expect(worst).toBeLessThan(0.05 * Math.max(...wanted.map(Math.abs)));
});

/** The precision of a session, what was said of it, and whether the smoothing of the run is in its place. */
async function opened(options: ModelOptions) {
  const said: string[] = [];
  const session = await openSession({ ...options, onWarning: ({ message }) => said.push(message) });
  const { tensors } = await session.placement.get();
  const { precision } = session.placement;
  await session.close();
  const isSmoothed = Object.keys(tensors).some((name) => name.endsWith(':smoothing'));
  return { precision, said, isSmoothed };
}

test('an adapter by itself is used in the precision that its run trained in, and says so', async () => {
  const adapter = join(run, 'adapter');
  expect(await opened({ model: base, adapter })).toEqual({
    precision: 'int8',
    said: ['precision int8, in which the adapter was trained; float32 is exact'],
    isSmoothed: true,
  });
  const asked = { model: base, adapter, precision: 'float32' } as const;
  expect(await opened(asked)).toEqual({ precision: 'float32', said: [], isSmoothed: false });
  // The scores are those that the run measured after training, without a word of int8 in the recipe.
  const { evaluation } = await evaluate({ ...recipe, model: base }, { adapter });
  expect(scoresOf(evaluation)).toEqual(scoresOf(summary.after!));
});

test('a model without a run takes int8 as it is', async () => {
  expect(await opened({ model: base, precision: 'int8' })).toEqual({
    precision: 'int8',
    said: ['precision int8 without the factors of a run: inputs are rounded as they are'],
    isSmoothed: false,
  });
});

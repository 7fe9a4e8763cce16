import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RecipeInput, RunEvent } from '@tunesmith/schema';
import { beforeAll, describe, expect, test } from 'vitest';
import { evaluate } from '../evaluate.ts';
import { openSession } from '../open-session.ts';
import type { TrainSummary } from './job.ts';
import { base, narrowRecipe } from './test-support/narrow-recipe.ts';
import { train } from './train.ts';

const lossOf = ({ tasks }: NonNullable<TrainSummary['before']>) => tasks[0]!.scores['loss']!.value;

describe.each([
  ['nf4', ':nf4', 'uint8'],
  ['int16', ':low:int8', 'int8'],
] as const)('a run in %s', (precision, part, dtype) => {
  let recipe: RecipeInput;
  let summary: TrainSummary;
  let run: string;
  beforeAll(async () => {
    const narrow = await narrowRecipe({ precision });
    [recipe, run] = [narrow, narrow.output];
    summary = await train(recipe);
  });

  test('the log names the precision, and what trains is on top of it', async () => {
    const lines = (await readFile(join(run, 'events.jsonl'), 'utf8')).trim().split('\n');
    const events = lines.map((line) => JSON.parse(line) as RunEvent);
    expect(events.find(({ type }) => type === 'start')).toMatchObject({ precision });
    expect(lossOf(summary.after!)).not.toBe(lossOf(summary.before!));
  });

  test('an evaluation measures as the run did, before training and after', async () => {
    const { evaluation: before } = await evaluate(recipe);
    expect(lossOf(before)).toBe(lossOf(summary.before!));
    const { evaluation: exact } = await evaluate({ ...recipe, model: base });
    expect(lossOf(exact)).not.toBe(lossOf(summary.before!));
    const { evaluation: after } = await evaluate(recipe, { adapter: join(run, 'adapter') });
    expect(lossOf(after)).toBe(lossOf(summary.after!));
  });

  test('what the run tuned is placed so', async () => {
    const session = await openSession({ model: run });
    const placed = await session.placement.get();
    expect(placed.precision).toBe(precision);
    expect(placed.tensors[`model.layers.0.self_attn.q_proj.weight${part}`]).toMatchObject({
      dtype,
    });
    await session.close();
  });
});

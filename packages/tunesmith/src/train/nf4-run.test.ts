import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { RecipeInput, RunEvent } from '@tunesmith/schema';
import { beforeAll, expect, test } from 'vitest';
import { evaluate } from '../evaluate.ts';
import { openSession } from '../open-session.ts';
import type { TrainSummary } from './job.ts';
import { train } from './train.ts';

const base = fileURLToPath(new URL('../../../testing/fixtures/peft/base_llama', import.meta.url));

let recipe: RecipeInput;
let summary: TrainSummary;
let run: string;
beforeAll(async () => {
  const home = await mkdtemp(join(tmpdir(), 'nf4-run-'));
  const rows = Array.from({ length: 12 }, (_, row) => {
    const ids = Array.from({ length: 9 }, (__, place) => 3 + ((row * 7 + place * 5) % 60));
    return JSON.stringify({ input_ids: ids, labels: ids });
  });
  await writeFile(join(home, 'rows.jsonl'), `${rows.join('\n')}\n`);
  run = join(home, 'run');
  recipe = {
    model: { from: base, precision: 'nf4' },
    data: [{ path: join(home, 'rows.jsonl'), format: 'tokenized', held_out: 0.3 }],
    method: { name: 'lora', r: 2 },
    training: { steps: 3, batch_size: 2, max_length: 16, optimizer: { learning_rate: 0.01 } },
    evaluation: { every: 0, tasks: ['heldout'] },
    output: run,
  };
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

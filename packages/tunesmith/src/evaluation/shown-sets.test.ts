import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { RunEvent } from '@tunesmith/schema';
import { expect, test } from 'vitest';
import { train } from '../train/train.ts';

const base = fileURLToPath(new URL('../../../testing/fixtures/peft/base_llama', import.meta.url));

/** Tokens with the labels that `label` gives them; the first two are only read. */
function row(start: number, label: (id: number) => number): string {
  const ids = Array.from({ length: 8 }, (_, i) => 3 + ((start + i * 5) % 40));
  return JSON.stringify({
    input_ids: ids,
    labels: ids.map((id, i) => (i < 2 || i === 5 ? -100 : label(id))),
  });
}

test('labels that differ from the ids are measured as they are trained: ids are read, labels predicted', async () => {
  const home = await mkdtemp(join(tmpdir(), 'measured-'));
  const data = join(home, 'rows.jsonl');
  await writeFile(data, [1, 7, 12].map((start) => `${row(start, (id) => id + 7)}\n`).join(''));
  const events: RunEvent[] = [];
  await train(
    {
      model: base,
      data: [
        { path: data, format: 'tokenized', keep_overlap: true },
        { path: data, format: 'tokenized', split: 'heldout' },
      ],
      method: { name: 'lora', r: 2 },
      training: {
        steps: 1,
        max_length: 16,
        packing: false,
        optimizer: { name: 'sgd', learning_rate: 1e-9 },
      },
      evaluation: { tasks: ['heldout'], every: 1 },
      device: 'tfjs-cpu',
      output: join(home, 'run'),
    },
    { onEvent: (event) => events.push(event) },
  );
  const losses = events.flatMap((event) =>
    event.type === 'evaluation' ? [event.scores['loss']!.value] : [],
  );
  const trained = events.find((event) => event.type === 'step')!.loss;
  expect(losses).toHaveLength(3);
  for (const loss of losses) expect(loss).toBeCloseTo(trained, 4);
});

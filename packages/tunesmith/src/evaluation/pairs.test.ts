import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadModel } from '@tunesmith/models/node';
import type { RunEvent } from '@tunesmith/schema';
import { expect, test } from 'vitest';
import { train } from '../train/train.ts';
import { pairOf } from './pairs.ts';

const t5 = fileURLToPath(new URL('../../../models/test-support/fixtures/t5', import.meta.url));

test('what an encoder-decoder is measured on is what it trains on', async () => {
  const home = await mkdtemp(join(tmpdir(), 'pairs-'));
  const line = (start: number) => {
    const ids = Array.from({ length: 8 }, (_, i) => 3 + ((start + i * 5) % 40));
    return JSON.stringify({ input_ids: ids, labels: ids.map((id, i) => (i < 5 ? -100 : id)) });
  };
  await writeFile(join(home, 'rows.jsonl'), `${[1, 7, 12].map(line).join('\n')}\n`);
  await writeFile(join(home, 'held.jsonl'), `${[2, 9].map(line).join('\n')}\n`);
  const events: RunEvent[] = [];
  const summary = await train(
    {
      model: t5,
      objective: 'seq2seq',
      data: [
        { path: join(home, 'rows.jsonl'), format: 'tokenized' },
        { path: join(home, 'held.jsonl'), format: 'tokenized', split: 'heldout' },
      ],
      method: { name: 'lora', r: 2 },
      training: { steps: 1, max_length: 16, optimizer: { name: 'sgd', learning_rate: 1e-9 } },
      evaluation: { tasks: ['heldout'], every: 1 },
      output: join(home, 'run'),
    },
    { onEvent: (event) => events.push(event) },
  );
  const during = events.find((event) => event.type === 'evaluation' && event.phase === 'during');
  const loss = during?.type === 'evaluation' ? during.scores['loss']!.value : Number.NaN;
  const [task] = summary.before!.tasks;
  expect(task!.scores['loss']!.value).toBeCloseTo(loss, 4);
});

test('the encoder reads what is before the answer', async () => {
  const context = {
    model: await loadModel(t5),
    tokenizer: undefined,
    template: { specVersion: 2, name: 'none', description: 'None.', messages: () => [] } as never,
  };
  const record = { id: 'a', input_ids: [5, 6, 7, 8, 1], labels: [-100, -100, -100, 8, 1] };
  const { source, targets } = pairOf(record, context);
  expect([[...source], [...targets]]).toEqual([
    [5, 6, 7],
    [8, 1],
  ]);
});

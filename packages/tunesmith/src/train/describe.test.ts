import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { definePlugin, type DataSource } from '@tunesmith/schema';
import { expect, test } from 'vitest';
import { describeRun } from './describe.ts';
import { train } from './train.ts';

const model = fileURLToPath(new URL('../../../testing/fixtures/peft/base_llama', import.meta.url));

/** Counting up is trained on, counting down is not. */
const counting: DataSource = {
  specVersion: 2,
  name: 'counting',
  description: 'Runs of consecutive tokens.',
  splits: ['train', 'heldout'],
  *records({ split }) {
    const clusters = split === 'train' ? ['up'] : ['up', 'down'];
    for (const cluster of clusters) {
      for (let first = split === 'train' ? 8 : 9; first < 40; first += 2) {
        const sign = cluster === 'up' ? 1 : -1;
        const input_ids = Array.from({ length: 6 }, (_, i) => first + sign * i);
        const labels = input_ids.map((id, i) => (i < 2 ? -100 : id));
        yield { id: `${cluster}-${first}`, input_ids, labels, meta: { task: cluster, cluster } };
      }
    }
  },
};

test('a run is told in a table and in words, trained and other clusters apart', async () => {
  const summary = await train(
    {
      model,
      data: [
        { source: 'counting', split: 'train' },
        { source: 'counting', split: 'heldout' },
      ],
      method: { name: 'lora', r: 4, targets: 'all-linear' },
      training: {
        steps: 60,
        batch_size: 8,
        max_length: 16,
        optimizer: { learning_rate: 0.02 },
        checkpoint_every: 0,
      },
      evaluation: { tasks: ['heldout'] },
      output: join(await mkdtemp(join(tmpdir(), 'describe-')), 'run'),
    },
    { plugins: [definePlugin('data-source', counting)] },
  );
  const told = describeRun(summary);
  expect(told).toMatch(
    /— together: loss\ntrained tasks +\d.* ▲ -\d.*\nclusters not trained on +\d/,
  );
  expect(told).toContain('Unseen instances of trained tasks: better in 1 of 1 tasks, worse in 0');
  expect(told).toContain('Clusters it was not trained on: better in 0 of 1 tasks');
  expect(
    Math.max(
      ...told
        .split('\n')
        .slice(0, 10)
        .map((line) => line.length),
    ),
  ).toBeLessThanOrEqual(80);
});

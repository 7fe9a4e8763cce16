import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { definePlugin, type DataSource } from '@tunesmith/schema';
import { beforeAll, expect, test } from 'vitest';
import { merge } from '../merge.ts';
import { openSession } from '../session.ts';
import { train } from '../train/train.ts';
import { tunedModel } from './tuned-model.ts';

const model = fileURLToPath(new URL('../../../testing/fixtures/peft/base_llama', import.meta.url));

const counting: DataSource = {
  specVersion: 1,
  name: 'counting',
  description: 'Runs of consecutive tokens.',
  splits: ['train'],
  *records() {
    for (let first = 8; first < 40; first += 2) {
      const input_ids = Array.from({ length: 6 }, (_, i) => first + i);
      yield { id: `${first}`, input_ids, labels: input_ids };
    }
  },
};
const plugins = [definePlugin('data-source', counting)];

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tuned-'));
  for (const method of ['full', 'lora']) {
    await train(
      {
        model,
        data: [{ source: 'counting' }],
        method,
        training: { steps: 1, max_length: 16, checkpoint_every: 0 },
        evaluation: { tasks: [] },
        output: join(folder, method),
      },
      { plugins },
    );
  }
});

test('a run that trained an adapter stands for its model with the adapter', async () => {
  const session = await openSession({ model: join(folder, 'lora') });
  expect(session.model.directory).toBe(model);
  expect(session.adapters).toHaveLength(1);
  await session.close();
});

test('a run of full fine-tuning stands for the model that it left', async () => {
  const session = await openSession({ model: join(folder, 'full') });
  expect(session.model.directory).toBe(join(folder, 'full', 'model'));
  expect(session.adapters).toEqual([]);
  await session.close();
});

test('a run is merged without naming its model or adapter', async () => {
  const found = await merge({ model: join(folder, 'lora'), out: join(folder, 'merged') });
  expect(found.changed).toBeGreaterThan(0);
  expect(JSON.parse(await readFile(join(folder, 'merged', 'config.json'), 'utf8'))).toMatchObject({
    model_type: 'llama',
  });
  await expect(merge({ model: join(folder, 'full'), out: join(folder, 'not') })).rejects.toThrow(
    'there is no adapter to fold into',
  );
});

test('a folder without a finished run stands for nothing', async () => {
  expect(await tunedModel(folder)).toBeUndefined();
});

test('training does not begin with a run whose adapter it would leave out', async () => {
  const again = {
    model: join(folder, 'lora'),
    data: [{ source: 'counting' }],
    method: 'lora',
    output: join(folder, 'again'),
  };
  await expect(train(again, { plugins })).rejects.toThrow(
    `the folder of a run that tuned an adapter; accepted: model: ${model} and adapter: { from: ${join(folder, 'lora', 'adapter')} }`,
  );
});

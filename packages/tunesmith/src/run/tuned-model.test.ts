import { cp, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { definePlugin, type DataSource } from '@tunesmith/schema';
import { beforeAll, expect, test } from 'vitest';
import { merge } from '../merge.ts';
import { report } from '../report.ts';
import { openSession } from '../open-session.ts';
import { train } from '../train/train.ts';
import { tunedModel } from './tuned-model.ts';

const model = fileURLToPath(new URL('../../../testing/fixtures/peft/base_llama', import.meta.url));

const counting: DataSource = {
  specVersion: 2,
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
  expect(session.model.files?.locate()).toBe(model);
  expect(session.adapters).toHaveLength(1);
  await session.close();
});

test('a run of full fine-tuning stands for the model that it left', async () => {
  const session = await openSession({ model: join(folder, 'full') });
  expect(session.model.files?.locate()).toBe(join(folder, 'full', 'model'));
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

test('training a run of full fine-tuning trains the model that it left', async () => {
  const recipe = { data: [{ source: 'counting' }], method: 'none', evaluation: { tasks: [] } };
  const found = await train(
    { ...recipe, model: join(folder, 'full'), output: join(folder, 'again') },
    { plugins },
  );
  expect(found.recipe.model.from).toBe(join(folder, 'full', 'model'));
});

test('training a run with an adapter as if it were a model is refused: the adapter would be left out', async () => {
  const recipe = { data: [{ source: 'counting' }], method: 'lora', evaluation: { tasks: [] } };
  const output = join(folder, 'on-top');
  await expect(
    train({ ...recipe, model: join(folder, 'lora'), output }, { plugins }),
  ).rejects.toThrow(
    /run that trained an adapter; accepted: adapter\.from: .*lora\/adapter to go on/,
  );
});

test('a run whose model is trained on is not overwritten by that', async () => {
  const recipe = { data: [{ source: 'counting' }], method: 'lora', evaluation: { tasks: [] } };
  const run = join(folder, 'full');
  await expect(
    train({ ...recipe, model: run, output: run }, { plugins, overwrite: true }),
  ).rejects.toMatchObject({ code: 'output-is-input' });
});

test('a damaged recipe of a run is named', async () => {
  const run = join(folder, 'damaged');
  await cp(join(folder, 'lora'), run, { recursive: true });
  for (const text of ['model: [', 'null', '- model']) {
    await writeFile(join(run, 'recipe.yaml'), text);
    await expect(tunedModel(run)).rejects.toThrow(/recipe\.yaml is not the recipe of a run/);
    await expect(report([run])).rejects.toMatchObject({ code: 'invalid-file' });
  }
});

test.each(['{', '[]', '{"before": 3}', '{"after": {"answers": []}}'])(
  'damaged results are named where a report or a resumed run needs them: %s',
  async (text) => {
    const run = await mkdtemp(join(folder, 'damaged-results-'));
    await cp(join(folder, 'lora'), run, { recursive: true });
    await writeFile(join(run, 'results.json'), text);
    for (const job of [report([run]), train(run, { plugins, resume: true })])
      await expect(job).rejects.toMatchObject({ code: 'invalid-file' });
  },
);

import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { definePlugin, type DataSource } from '@tunesmith/schema';
import { nodeFiles } from '@tunesmith/schema/node';
import { beforeAll, expect, test } from 'vitest';
import { report } from '../report.ts';
import { readRun } from '../run/read-run.ts';
import { train } from '../train/train.ts';
import { compareRuns, reportOfRun } from './of-runs.ts';
import { recipeDifferences } from './recipe-differences.ts';

const model = fileURLToPath(new URL('../../../testing/fixtures/peft/base_llama', import.meta.url));

const counting: DataSource = {
  specVersion: 2,
  name: 'counting',
  description: 'Runs of consecutive tokens.',
  splits: ['train', 'heldout'],
  *records({ split }) {
    for (let first = split === 'train' ? 8 : 9; first < 40; first += 2) {
      const input_ids = Array.from({ length: 6 }, (_, i) => first + i);
      yield {
        id: `${first}`,
        input_ids,
        labels: input_ids,
        meta: { task: 'up', cluster: 'counting' },
      };
    }
  },
};

let folder: string;
const run = (name: string) => join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'report-'));
  for (const [name, r, limit] of [
    ['small', 2, 16],
    ['large', 4, 16],
    ['other', 4, 12],
  ] as const) {
    await train(
      {
        model,
        data: [
          { source: 'counting', split: 'train' },
          { source: 'counting', split: 'heldout' },
        ],
        method: { name: 'lora', r, targets: 'all-linear' },
        training: { steps: 3, max_length: 16, checkpoint_every: 0 },
        evaluation: { tasks: ['heldout'], limit },
        output: run(name),
      },
      { plugins: [definePlugin('data-source', counting)] },
    );
  }
});

test("a run's report can be written anew from its folder alone", async () => {
  const written = await readFile(join(run('small'), 'report.html'), 'utf8');
  await report([run('small')]);
  expect(await readFile(join(run('small'), 'report.html'), 'utf8')).toBe(written);
  const page = reportOfRun(await readRun(nodeFiles(run('small'))));
  expect(page.title).toBe('lora, r 2, alpha 8 on base_llama');
  expect(page.scores).toMatchObject([{ task: 'up', metric: 'loss', unseen: false }, {}, {}]);
});

test('two runs stand side by side: their differing settings, and scores against each other', async () => {
  const { report: page, comparison } = compareRuns(
    await readRun(nodeFiles(run('small'))),
    await readRun(nodeFiles(run('large'))),
  );
  expect(page.sides).toEqual(['small', 'large']);
  expect(page.facts).toContainEqual(['method.r', '2', '4']);
  expect(page.facts?.map((fact) => fact[0])).not.toContain('output');
  expect(comparison?.tasks[0]?.scores['loss']?.difference.n).toBe(16);
  const file = join(folder, 'comparison.html');
  await report([run('small'), run('large')], { out: file });
  expect(await readFile(file, 'utf8')).toContain('small, training');
});

test('runs measured on other instances are shown without differences, and the page says so', async () => {
  const { report: page, comparison } = compareRuns(
    await readRun(nodeFiles(run('small'))),
    await readRun(nodeFiles(run('other'))),
  );
  expect(comparison).toBeUndefined();
  expect(page.remark).toContain('not measured on the same instances');
});

test('a page that is there is not replaced unasked', async () => {
  const out = join(folder, 'taken.html');
  await report([run('small')], { out });
  await expect(report([run('small')], { out })).rejects.toThrow(
    /exists; accepted: --out with a new file/,
  );
  await expect(report([run('small')], { out, overwrite: true })).resolves.toMatchObject({});
});

test("what a report is made from is never replaced, and a page of one's own may stand beside it", async () => {
  for (const part of ['recipe.yaml', 'results.json', 'adapter/adapter_model.safetensors', 'best'])
    await expect(
      report([run('small'), run('large')], { out: join(run('large'), part), overwrite: true }),
    ).rejects.toMatchObject({ code: 'output-is-input' });
  const out = join(run('small'), 'for-the-wall.html');
  expect(await report([run('small')], { out })).toEqual({ report: out });
  const own = join(run('small'), 'report.html');
  expect(await report([run('small')], { out: own })).toEqual({ report: own });
});

test('a folder without a run, and three runs, are refused', async () => {
  await expect(report([folder])).rejects.toThrow('holds no run');
  await expect(report([run('small'), run('large'), run('other')])).rejects.toThrow(
    'a report shows one run or two, not 3',
  );
});

test('settings that only one recipe has are differences too', () => {
  const recipe = { model: 'a', data: [{ path: 'x' }] } as never;
  const other = { model: 'b', data: [{ path: 'x' }, { path: 'y' }] } as never;
  expect(recipeDifferences(recipe, other)).toEqual([['data[1].path', '—', 'y']]);
});

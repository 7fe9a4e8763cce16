import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { RecipeInput } from '@tunesmith/schema';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { parse } from 'yaml';
import { commit, hubServer, type HubServer } from '@tunesmith/config/hub';
import { previewData } from './data/preview.ts';
import { inspectWeights } from './inspect.ts';
import { computeLogits } from './logits.ts';
import { merge } from './merge.ts';
import { runStages } from './stages/run.ts';
import { train } from './train/train.ts';

const base = fileURLToPath(new URL('../../testing/fixtures/peft/base_llama', import.meta.url));
const [first, second] = [commit('a'), commit('b')];

/** The files of a folder, by name. */
async function filesOf(folder: string): Promise<Record<string, Uint8Array>> {
  const names = await readdir(folder);
  const contents = await Promise.all(names.map((name) => readFile(join(folder, name))));
  return Object.fromEntries(names.map((name, index) => [name, contents[index]!]));
}

let home: string;
let hub: HubServer;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'hub-'));
  const model = await filesOf(base);
  hub = await hubServer({
    'org/tiny': { refs: { main: first }, commits: { [first]: model, [second]: model } },
  });
  vi.stubEnv('HF_ENDPOINT', hub.endpoint);
  vi.stubEnv('HF_HUB_CACHE', join(home, 'cache'));
  vi.stubEnv('HF_HUB_OFFLINE', '');
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await hub.close();
});

/** A recipe of two steps on a model of the hub. */
async function recipeOn(model: string, output: string): Promise<RecipeInput & { output: string }> {
  const rows = Array.from({ length: 6 }, (_, row) => {
    const ids = Array.from({ length: 9 }, (__, place) => 3 + ((row * 7 + place * 5) % 60));
    return JSON.stringify({ input_ids: ids, labels: ids });
  });
  await writeFile(join(home, 'rows.jsonl'), `${rows.join('\n')}\n`);
  return {
    model,
    data: [{ path: join(home, 'rows.jsonl'), format: 'tokenized' }],
    method: { name: 'lora', r: 2 },
    training: { steps: 2, batch_size: 2, max_length: 16 },
    output: join(home, output),
  };
}

async function recorded(output: string): Promise<string> {
  const text = await readFile(join(output, 'recipe.yaml'), 'utf8');
  return (parse(text) as { model: { from: string } }).model.from;
}

test('a run records the commit of its model, and so does its adapter', async () => {
  const told: string[] = [];
  const onWork = (what: string, progress?: object) => void (progress && told.push(what));
  const run = await train(await recipeOn('org/tiny', 'run'), { onWork });
  expect(told).toContain('downloading org/tiny');
  expect(await recorded(run.directory)).toBe(`org/tiny@${first}`);
  const config: unknown = JSON.parse(
    await readFile(join(run.adapter!, 'adapter_config.json'), 'utf8'),
  );
  expect(config).toMatchObject({ base_model_name_or_path: 'org/tiny', revision: first });
});

test('a run that is gone on with stays at its commit, whatever the branch is at by now', async () => {
  const recipe = await recipeOn('org/tiny', 'run');
  await train(recipe);
  hub.repositories['org/tiny']!.refs['main'] = second;
  const longer = { ...recipe, training: { ...recipe.training, steps: 3 } };
  const run = await train(longer, { resume: true });
  expect(run.step).toBe(3);
  expect(await recorded(run.directory)).toBe(`org/tiny@${first}`);
  const other = await train({ ...recipe, output: join(home, 'other') });
  expect(await recorded(other.directory)).toBe(`org/tiny@${second}`);
});

test('a run works without the hub once everything is here', async () => {
  const run = await train(await recipeOn('org/tiny', 'run'));
  await hub.close();
  vi.stubEnv('HF_HUB_OFFLINE', '1');
  const logits = await computeLogits({ model: run.directory, ids: [[1, 2, 3]] });
  expect(logits.shape).toEqual([1, 3, 64]);
});

test('no weights come where the folder of a run is not free', async () => {
  const recipe = await recipeOn('org/tiny', '.');
  await expect(train(recipe)).rejects.toThrow('is not empty');
  expect(hub.fetched()).toEqual([]);
});

test('stages share one model of the hub', async () => {
  const { model, data, method, training, output } = await recipeOn('org/tiny', 'stages');
  const run = await runStages({
    model: model!,
    output,
    stages: [
      { name: 'one', job: 'train', data: data!, method: method!, training: training! },
      { name: 'folded', job: 'merge', adapter: { from: 'stages.one.adapter' } },
    ],
  });
  expect(run.stages.map(({ reason }) => reason)).toEqual(['done', 'done']);
  expect(await recorded(join(output, 'stages', 'one'))).toBe(`org/tiny@${first}`);
  expect(hub.fetched().filter((one) => one.includes('model.safetensors'))).toHaveLength(1);
});

test('an adapter is named like a model, and comes without what else lies there', async () => {
  const run = await train(await recipeOn('org/tiny', 'run'));
  const own = await filesOf(run.adapter!);
  hub.repositories['org/tuned'] = {
    refs: { main: first },
    commits: {
      [first]: { ...own, 'tokenizer.json': '{}', 'README.md': '#', 'optimizer.bin': 'x' },
    },
  };
  const ids = [[1, 2, 3]];
  hub.heard.length = 0;
  const named = await computeLogits({ model: 'org/tiny', adapter: 'org/tuned', ids });
  expect(hub.fetched().map((one) => one.split(' ')[1])).toEqual([
    'adapter_config.json',
    'tunesmith.json',
    'adapter_model.safetensors',
  ]);
  expect(named).toEqual(await computeLogits({ model: run.directory, ids }));
  const recipe = await recipeOn('org/tiny', 'further');
  const { method: _, ...rest } = recipe;
  const further = await train({ ...rest, adapter: { from: 'org/tuned' } });
  expect(await readFile(join(further.directory, 'recipe.yaml'), 'utf8')).toContain(
    join(home, 'cache', 'models--org--tuned', 'snapshots', first),
  );
});

test('a merged model has a card: what it was made from, how, on what, and under which license', async () => {
  const card = '---\nlicense: apache-2.0\n---\n# Tiny';
  const { commits } = hub.repositories['org/tiny']!;
  commits[first] = {
    ...commits[first],
    'README.md': card,
    'generation_config.json': '{"top_k":7}',
  };
  const recipe = await recipeOn('org/tiny', 'run');
  const run = await train({
    ...recipe,
    data: [{ ...recipe.data![0]!, held_out: 0.5 }],
    evaluation: { tasks: ['heldout'] },
  });
  const out = join(home, 'merged');
  await merge({ model: run.directory, out });
  const text = await readFile(join(out, 'README.md'), 'utf8');
  const front = parse(/^---\n(.*?)\n---/s.exec(text)![1]!) as object;
  expect(front).toEqual({
    license: 'apache-2.0',
    base_model: 'org/tiny',
    base_model_relation: 'finetune',
    library_name: 'transformers',
    tags: ['tunesmith'],
  });
  expect(text).toContain(`Tuned by Tunesmith from \`org/tiny@${first}\`.`);
  expect(text).toContain('| Adapters | default, folded in |');
  expect(text).toContain('| rows.jsonl | all |');
  expect(text).toMatch(/\| heldout-loss \| loss \| \d\.\d+ \| \d\.\d+ \|/);
  expect(text).not.toContain(home);
  expect(await readFile(join(out, 'generation_config.json'), 'utf8')).toBe('{"top_k":7}');
});

test('what a job looks at is what it fetches', async () => {
  await recipeOn('org/tiny', 'run');
  const data = join(home, 'rows.jsonl');
  await previewData({ path: data, format: 'tokenized', model: 'org/tiny' }).catch(() => undefined);
  expect(hub.fetched().join()).not.toContain('safetensors');
  const { tensors } = await inspectWeights({ path: 'org/tiny' });
  expect(tensors.length).toBeGreaterThan(10);
});

test('a name that is nowhere is told with all places, and the nearest name that is cached', async () => {
  await inspectWeights({ path: 'org/tiny' });
  await expect(inspectWeights({ path: 'org/tinny', directory: home })).rejects.toThrow(
    `model "org/tinny" does not exist here, and ${hub.endpoint} shows no org/tinny: RepoNotFound it is; nearest: "org/tiny"; accepted: a folder with config.json`,
  );
  await expect(
    computeLogits({ model: 'org/tiny', adapter: 'runs/frist', ids: [[1]], directory: home }),
  ).rejects.toThrow(`the adapter "runs/frist" does not exist here, and ${hub.endpoint} shows no`);
});

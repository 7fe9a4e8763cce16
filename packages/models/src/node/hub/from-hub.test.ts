import { spawn } from 'node:child_process';
import { mkdir, readdir, readFile, readlink, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { golden, temporaryFolder } from '../../../test-support/fixtures.ts';
import {
  blobName,
  commit,
  hubServer,
  type HubRepository,
  type HubServer,
} from '@tunesmith/config/hub';
import { loadModel } from '../load.ts';
import { fromHub, pinOnHub, type HubOptions } from './from-hub.ts';
import { tokenizerNeeds } from './needs.ts';

const weights = Buffer.alloc(100_000, 'weights');
const tokenizer = '{"model":{"type":"BPE"}}';
const files = {
  'README.md': '# Tiny',
  'config.json': '{"model_type":"llama"}',
  'generation_config.json': '{}',
  'tokenizer.json': tokenizer,
  'chat_template.jinja': '{{ messages }}',
  'model.safetensors': weights,
  'pytorch_model.bin': 'a pickle',
  'onnx/model.onnx': 'another form',
};
const main = commit('a');

/** A hub with `org/tiny`, and what asks it into an empty cache. */
async function setup(
  repository: Partial<HubRepository> = {},
  more: Partial<HubOptions['settings']> = {},
): Promise<{ hub: HubServer; cache: string; home: string; options: HubOptions }> {
  const hub = await hubServer({
    'org/tiny': { refs: { main }, commits: { [main]: files }, ...repository },
  });
  onTestFinished(() => hub.close());
  const cache = join(await temporaryFolder(), 'hub');
  const settings = { endpoint: hub.endpoint, cache, offline: false, ...more };
  const options = { settings, patience: { pause: 1, heartbeat: 400, silence: 5000 } };
  return { hub, cache, home: join(cache, 'models--org--tiny'), options };
}

/** A server's part of what was asked for a file. */
const parts = async (home: string) =>
  (await readdir(join(home, 'blobs'))).filter((name) => name.endsWith('.incomplete'));

test('a name becomes a folder with what a model needs and its card, and nothing else', async () => {
  const { hub, home, options } = await setup();
  const found = await fromHub('org/tiny', options);
  expect(found).toEqual({
    path: join(home, 'snapshots', main),
    name: `org/tiny@${main}`,
    commit: main,
  });
  expect((await readdir(found.path)).sort()).toEqual([
    'README.md',
    'chat_template.jinja',
    'config.json',
    'generation_config.json',
    'model.safetensors',
    'tokenizer.json',
  ]);
  expect(await readFile(join(found.path, 'model.safetensors'))).toEqual(weights);
  // The weights are the last: what was cut off before them is seen to be incomplete.
  expect(hub.fetched().at(-1)).toBe('storage model.safetensors');
});

test('the cache has the layout that all programs of Hugging Face share', async () => {
  const { home, options } = await setup();
  const { path } = await fromHub('org/tiny', options);
  expect(await readFile(join(home, 'refs', 'main'), 'utf8')).toBe(main);
  const blobs = ['config.json', 'model.safetensors'] as const;
  for (const name of blobs)
    expect(await readlink(join(path, name))).toBe(
      join('..', '..', 'blobs', blobName(name, files[name])),
    );
  expect(await readdir(join(home, 'blobs'))).toHaveLength(6);
});

test('a model from the hub is loaded like any other', async () => {
  const folder = golden('llama_float16_sharded');
  const names = await readdir(folder);
  const contents = await Promise.all(names.map((name) => readFile(join(folder, name))));
  const sharded = Object.fromEntries(names.map((name, index) => [name, contents[index]!]));
  const { options } = await setup({
    commits: { [main]: { ...sharded, 'other.safetensors': 'x' } },
  });
  const { path } = await fromHub('org/tiny', options);
  expect(await readdir(path)).not.toContain('other.safetensors');
  await expect(loadModel(path)).resolves.toHaveProperty('spec.layers', 2);
});

test('what is here is not sent again, and a branch that moved brings only what is new', async () => {
  const { hub, home, options } = await setup();
  await fromHub('org/tiny', options);
  hub.heard.length = 0;
  await fromHub('org/tiny', options);
  expect(hub.fetched()).toEqual([]);
  const next = commit('b');
  hub.repositories['org/tiny']!.commits[next] = { ...files, 'config.json': '{"model_type":"opt"}' };
  hub.repositories['org/tiny']!.refs['main'] = next;
  expect((await fromHub('org/tiny', options)).commit).toBe(next);
  expect(hub.fetched()).toEqual(['hub config.json']);
  expect(await readFile(join(home, 'refs', 'main'), 'utf8')).toBe(next);
});

test('a commit that is whole is not asked for: a pinned name stands for the same files forever', async () => {
  const { hub, options } = await setup();
  const pinned = await pinOnHub('org/tiny', options);
  expect(pinned).toBe(`org/tiny@${main}`);
  expect(hub.fetched()).toEqual([]);
  await fromHub(pinned, options);
  hub.heard.length = 0;
  await fromHub(pinned, options);
  expect(hub.heard).toEqual([]);
});

test('a revision is a branch, a tag, a pull request or a commit', async () => {
  const second = commit('b');
  const refs = { main, v1: second, 'feature/x': second, 'refs/pr/3': second };
  const commits = { [main]: files, [second]: files };
  const { home, options } = await setup({ refs, commits });
  for (const revision of ['v1', 'feature/x', 'refs/pr/3', second])
    expect((await fromHub(`org/tiny@${revision}`, options)).commit).toBe(second);
  expect(await readFile(join(home, 'refs', 'feature', 'x'), 'utf8')).toBe(second);
  await expect(fromHub('org/tiny@v2', options)).rejects.toThrow('org/tiny has no revision "v2"');
});

test('a tokenizer alone comes without weights', async () => {
  const { hub, options } = await setup();
  await fromHub('org/tiny', { ...options, needs: tokenizerNeeds });
  expect(hub.fetched().join()).not.toContain('safetensors');
});

test('a GGUF file is named, unless it is the only one', async () => {
  const { options } = await setup({
    commits: { [main]: { 'README.md': '#', 'q4.gguf': 'GGUF4', 'large/q8.gguf': 'GGUF8' } },
  });
  const found = await fromHub('org/tiny/large/q8.gguf', options);
  expect(await readFile(found.path, 'utf8')).toBe('GGUF8');
  expect(found.name).toBe(`org/tiny@${main}/large/q8.gguf`);
  await expect(fromHub('org/tiny', options)).rejects.toThrow(
    'org/tiny holds 2 GGUF files, and which is meant is not said; accepted: org/tiny/q4.gguf, org/tiny/large/q8.gguf',
  );
  await expect(fromHub('org/tiny/q5.gguf', options)).rejects.toThrow(
    'org/tiny has no file "q5.gguf"; nearest: "q4.gguf"',
  );
  const one = await setup({ commits: { [main]: { 'q4.gguf': 'GGUF4' } } });
  expect((await fromHub('org/tiny', one.options)).name).toBe(`org/tiny@${main}/q4.gguf`);
});

test.for([
  ['pickles', { 'config.json': '{}', 'pytorch_model.bin': 'x' }, 'can run code'],
  ['an adapter', { 'adapter_config.json': '{}', 'adapter_model.safetensors': 'x' }, 'an adapter'],
  ['no weights', { 'README.md': 'x' }, 'org/tiny holds no weights that are read'],
] as const)('a repository of %s is refused before anything comes', async ([, held, message]) => {
  const { hub, options } = await setup({ commits: { [main]: held } });
  await expect(fromHub('org/tiny', options)).rejects.toThrow(message);
  expect(hub.fetched()).toEqual([]);
});

test('a connection that is cut is taken up where it ended', async () => {
  const { hub, options } = await setup();
  hub.troubles.push({ path: /model\.safetensors/, cutAfter: 40_000, times: 2 });
  const { path } = await fromHub('org/tiny', options);
  expect(await readFile(join(path, 'model.safetensors'))).toEqual(weights);
  expect(hub.fetched().filter((one) => one.includes('model.safetensors'))).toEqual([
    'storage model.safetensors',
    'storage model.safetensors bytes=40000-',
    'storage model.safetensors bytes=80000-',
  ]);
});

test('a killed process leaves what the next one goes on with', async () => {
  const { hub, home, options } = await setup();
  const blob = blobName('model.safetensors', weights);
  await mkdir(join(home, 'blobs'), { recursive: true });
  const ended = spawn(process.execPath, ['-e', '']);
  await new Promise((resolve) => ended.on('exit', resolve));
  const { createHash } = await import('node:crypto');
  const { hostname } = await import('node:os');
  const machine = createHash('sha256').update(hostname()).digest('hex').slice(0, 8);
  const part = join(home, 'blobs', `${blob}.${machine}-${ended.pid}-0123abcd.incomplete`);
  await writeFile(part, weights.subarray(0, 70_000));
  const { path } = await fromHub('org/tiny', options);
  expect(await readFile(join(path, 'model.safetensors'))).toEqual(weights);
  expect(hub.fetched()).toContain('storage model.safetensors bytes=70000-');
  expect(await parts(home)).toEqual([]);
});

test('two at once: one downloads, the other waits for it', async () => {
  const { hub, options } = await setup();
  const found = await Promise.all([fromHub('org/tiny', options), fromHub('org/tiny', options)]);
  expect(found[0]).toEqual(found[1]);
  expect(await readFile(join(found[0].path, 'model.safetensors'))).toEqual(weights);
  const sent = hub.heard.reduce((sum, one) => sum + one.sent, 0);
  expect(sent).toBeLessThan(2 * weights.length);
});

test('a process on another machine that gives no sign is dead', async () => {
  const { hub, home, options } = await setup();
  const blob = blobName('model.safetensors', weights);
  const part = join(home, 'blobs', `${blob}.00000000-1-0123abcd.incomplete`);
  await mkdir(join(home, 'blobs'), { recursive: true });
  await writeFile(part, weights.subarray(0, 10));
  const before = Date.now();
  await utimes(part, new Date(), new Date());
  await fromHub('org/tiny', options);
  expect(Date.now() - before).toBeGreaterThan(300);
  expect(hub.fetched()).toContain('storage model.safetensors bytes=10-');
});

test('what is not what the hub says it holds is deleted and asked for once more', async () => {
  const { hub, home, options } = await setup();
  hub.troubles.push({ path: /model\.safetensors/, isWrong: true, times: 1 });
  const warnings: string[] = [];
  const onWarning = ({ message }: { message: string }) => void warnings.push(message);
  const { path } = await fromHub('org/tiny', { ...options, onWarning });
  expect(await readFile(join(path, 'model.safetensors'))).toEqual(weights);
  expect(warnings).toEqual([
    expect.stringMatching(
      /^model.safetensors of org\/tiny is not what the hub says it holds: its hash is [0-9a-f]{64} and not [0-9a-f]{64}; it is deleted/,
    ),
  ]);
  hub.troubles.push({ path: /config\.json/, isWrong: true });
  hub.repositories['org/tiny']!.commits[main] = { ...files, 'config.json': '{"new":1}' };
  await expect(fromHub('org/tiny', options)).rejects.toThrow(
    'it came twice so, and nothing of it is kept',
  );
  expect(await parts(home)).toEqual([]);
});

test('progress is told in bytes of all that comes', async () => {
  const { options } = await setup();
  const told: { done: number; total: number }[] = [];
  await fromHub('org/tiny', {
    ...options,
    onWork: (_, progress) => void (progress && told.push(progress)),
  });
  const total = 100_000 + 22 + 2 + tokenizer.length + 14 + 6;
  expect(told.at(-1)).toEqual({ done: total, total });
  expect(told.map(({ done }) => done)).toEqual(
    told.map(({ done }) => done).toSorted((a, b) => a - b),
  );
});

test('a listed file that would leave its folder is nobody’s', async () => {
  const { cache, options } = await setup({
    commits: { [main]: { ...files, '../../../evil.json': 'x' } },
  });
  await fromHub('org/tiny', options);
  await expect(stat(join(cache, '..', 'evil.json'))).rejects.toThrow('ENOENT');
});

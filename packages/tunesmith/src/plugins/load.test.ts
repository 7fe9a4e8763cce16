import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { createRegistry, TunesmithError, type DataSource, type Metric } from '@tunesmith/schema';
import { beforeEach, expect, test } from 'vitest';
import { pluginKinds } from './built-in.ts';
import { loadPlugins } from './load.ts';

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'plugins-'));
});

/** Loads a module of this text. */
async function load(text: string, name = './own.mjs') {
  await writeFile(join(home, name), text);
  return loadPlugins([name], home);
}

test.each([
  [
    'throws',
    'throw new Error("no luck\\nat all")',
    'the plugin "./own.mjs" could not be loaded: Error: no luck',
  ],
  ['throws what is no error', 'throw 5', 'could not be loaded: 5'],
  ['is not JavaScript', 'root:x:0:0', 'could not be loaded: '],
  [
    'lists null',
    'export const plugins = [null]',
    'plugins[0] of the plugin "./own.mjs" is null; accepted: definePlugin(kind, value)',
  ],
  ['lists a number', 'export const plugins = [NaN]', 'plugins[0] of the plugin "./own.mjs" is NaN'],
  [
    'lists a value without a contract',
    'export const plugins = [{ kind: "metric" }]',
    'is {"kind":"metric"}',
  ],
  [
    'throws from a getter',
    'export const plugins = [{ get kind() { throw new Error("no") } }]',
    'plugins[0] of the plugin "./own.mjs" could not be read: Error: no',
  ],
  [
    'throws from a name',
    'export const plugins = [{ kind: "metric", value: { get name() { throw new Error("no") } } }]',
    'could not be read: Error: no',
  ],
])('a module that %s is refused by name', async (_, text, message) => {
  await expect(load(text)).rejects.toSatisfy(
    (error) =>
      TunesmithError.is(error) && error.kind === 'input' && error.message.includes(message),
  );
});

test('of a package with an entry for Node that one is taken', async () => {
  const folder = join(home, 'node_modules', 'two-entries');
  await mkdir(folder, { recursive: true });
  const exports = { '.': { default: './index.js' }, './node': { default: './node.js' } };
  await writeFile(join(folder, 'package.json'), JSON.stringify({ type: 'module', exports }));
  await writeFile(join(folder, 'index.js'), 'throw new Error("not this one")');
  await writeFile(join(folder, 'node.js'), 'export const plugins = [];');
  expect(await loadPlugins(['two-entries'], home)).toEqual([]);
});

test('a file that is not beside the recipe is looked for from the working folder, as data is', async () => {
  await writeFile(join(home, 'own.mjs'), 'export const plugins = [];');
  const elsewhere = await mkdtemp(join(tmpdir(), 'elsewhere-'));
  const name = join(relative(process.cwd(), home), 'own.mjs');
  expect(await loadPlugins([name], elsewhere)).toEqual([]);
});

test('a folder is not taken for a module', async () => {
  await mkdir(join(home, 'folder'));
  await expect(loadPlugins(['./folder'], home)).rejects.toThrow(
    `there is no plugin file "./folder"; accepted: the path of a module file; looked at ${join(home, 'folder')} and ${resolve('folder')}`,
  );
  await expect(loadPlugins(['.'], home)).rejects.toThrow('there is no plugin file "."');
});

test('a plugin without a function of its contract is refused', async () => {
  const text = `export const plugins = [{ kind: 'metric', value: { specVersion: 2, name: 'half', description: 'Half.', range: [0, 1], higherIsBetter: true, score: 0.5 } }]`;
  await expect(load(text, './half.mjs')).rejects.toThrow(
    'the metric "half" of the plugin "./half.mjs": score is 0.5; accepted: a function',
  );
});

test('what a plugin throws later is told with its name', async () => {
  const plugins = await load(`
    const score = () => { throw new RangeError("bad answer"); };
    async function* records() { yield { id: "a", input_ids: [1], labels: [1] }; throw new Error("no more"); }
    const base = { specVersion: 2, description: 'Its own.' };
    export const plugins = [
      { kind: "metric", value: Object.freeze({ ...base, name: "own", range: [0, 1], higherIsBetter: true, score }) },
      { kind: "data-source", value: { ...base, name: "rows", splits: ["train"], records } },
    ];`);
  const registry = createRegistry(pluginKinds, plugins);
  const metric: Metric = registry.get('metric', 'own');
  expect(metric.range).toEqual([0, 1]);
  expect(() => metric.score('a', ['b'])).toThrow(
    'the metric "own" of the plugin "./own.mjs" failed in score: RangeError: bad answer',
  );
  const source: DataSource = registry.get('data-source', 'rows');
  const read = async () => {
    const ids: string[] = [];
    const request = { split: 'train', seed: 0, options: {} };
    for await (const { id } of source.records(request)) ids.push(id ?? '');
    return ids;
  };
  await expect(read()).rejects.toThrow('failed in records: Error: no more');
});

test('a plugin made of a class keeps its own state', async () => {
  const plugins = await load(`
    class Own { specVersion = 1; name = "own"; range = [0, 9]; higherIsBetter = true; #count = 0; score() { this.#count += 1; return this.#count; } }
    export const plugins = [{ kind: "metric", value: new Own() }];`);
  const metric: Metric = createRegistry(pluginKinds, plugins).get('metric', 'own');
  expect([metric.score('a', []), metric.score('a', [])]).toEqual([1, 2]);
});

const wrongShapes: [
  kind: string,
  rest: string,
  call: (value: never) => unknown,
  message: string,
][] = [
  [
    'data-source',
    'splits: ["train"], records: () => 5',
    (value: DataSource) => value.records({} as never),
    'records of the data source "own" of the plugin "./own.mjs" gave 5; accepted: something to iterate',
  ],
  [
    'prompt-template',
    'messages: () => "hi"',
    (value: { messages(): unknown }) => value.messages(),
    'messages of the prompt template "own"',
  ],
  [
    'schedule',
    'create: () => null',
    (value: { create(): unknown }) => value.create(),
    'gave null; accepted: a function of the step',
  ],
  [
    'optimizer',
    'options: { properties: { learning_rate: { default: 1 } }, type: "object" }, create: () => ({})',
    (value: { create(): unknown }) => value.create(),
    'gave {}; accepted: { init, scalars, update }',
  ],
  [
    'method',
    "options: { type: 'object', properties: {} }, files: {}, hooks: () => ({}), plan: () => null",
    (value: { plan(): unknown }) => value.plan(),
    'plan of the method "own"',
  ],
];

test.each(wrongShapes)(
  'what a %s gives in a wrong shape is told with its name: %s',
  async (kind, rest, call, message) => {
    const [plugin] = await load(
      `export const plugins = [{ kind: '${kind}', value: { specVersion: 2, name: 'own', description: 'Its own.', ${rest} } }]`,
      './own.mjs',
    );
    expect(() => call(plugin!.value as never)).toThrow(message);
  },
);

test('a record, and a device, of a wrong shape are told when they come', async () => {
  const [source, device] = await load(
    `const own = { specVersion: 2, name: 'own', description: 'Its own.' };
    export const plugins = [
      { kind: 'data-source', value: { ...own, splits: ['train'], *records() { yield null; } } },
      { kind: 'device', value: { ...own, probe: async () => null, open() {} } },
    ];`,
    './shapes.mjs',
  );
  const first = async () => {
    for await (const record of (source!.value as DataSource).records({} as never)) return record;
    return undefined;
  };
  await expect(first()).rejects.toThrow(/records of the data source "own" .* item 1: record/);
  await expect((device!.value as unknown as { probe(): unknown }).probe()).rejects.toThrow(
    /probe of .* gave null/,
  );
});

test('a metric without a range is refused when it is loaded', async () => {
  const text = `export const plugins = [{ kind: 'metric', value: { specVersion: 2, name: 'own', description: 'Its own.', higherIsBetter: true, score: () => 1 } }]`;
  await expect(load(text, './metric.mjs')).rejects.toThrow(/metric "own" .*range is missing/);
});

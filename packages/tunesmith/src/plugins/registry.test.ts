import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRegistry, definePlugin, type Metric, type Plugin } from '@tunesmith/schema';
import { expect, test } from 'vitest';
import { builtInPlugins, pluginKinds } from './built-in.ts';
import { nodePlugins } from './node-plugins.ts';
import { loadPlugins } from './load.ts';

const metric: Metric = {
  specVersion: 2,
  name: 'length',
  description: 'How long it is.',
  version: 1,
  range: [0, 1],
  higherIsBetter: true,
  score: (prediction) => Math.min(1, prediction.length / 100),
};

test('the built-in methods and formats are there, and on Node its devices', () => {
  const registry = createRegistry(pluginKinds, nodePlugins);
  expect(createRegistry(pluginKinds, builtInPlugins).all('device')).toEqual([]);
  const names = (kind: 'method' | 'dataset-adapter' | 'device') =>
    registry.all(kind).map(({ name }) => name);
  expect(names('method')).toEqual([
    'lora',
    'adalora',
    'vera',
    'adapter',
    'pfeiffer',
    'parallel-adapter',
    'adapter-fusion',
    'ia3',
    'prompt',
    'prefix-tuning',
    'p-tuning',
    'multi-task-prompt-tuning',
    'bitfit',
    'layer-norm-tuning',
    'freeze',
    'prompt-subspace',
    'intrinsic-prompt',
    'intrinsic-dimension',
    'hint',
  ]);
  expect(names('dataset-adapter')).toEqual([
    'alpaca',
    'sharegpt',
    'messages',
    'tokenized',
    'text',
    'prompt-completion',
    'prompt-only',
    'preference',
    'unpaired-preference',
    'stepwise',
    'alpaca-preference',
    'sharegpt-preference',
    'alpaca-eval',
    'mt-bench',
    'ifeval',
    'dolly',
    'oasst',
    'super-natural-instructions',
    'p3',
    'flan',
    'flan-cot',
    'ultrachat',
    'lima',
    'self-instruct',
    'self-instruct-generated',
    'self-instruct-finetuning',
    'unnatural-instructions',
    'instruct-wild',
    'baize',
    'llava',
  ]);
  expect(names('device')).toContain('cpu');
});

test('a plugin is found by kind and name', () => {
  expect(
    createRegistry(pluginKinds, [definePlugin('metric', metric)]).get('metric', 'length'),
  ).toBe(metric);
});

test('an unknown name lists what exists and the nearest', () => {
  expect(() => createRegistry(pluginKinds, builtInPlugins).get('method', 'lorra')).toThrow(
    'there is no method named "lorra"; nearest: "lora"; accepted: lora, adalora, vera, adapter, pfeiffer, parallel-adapter, adapter-fusion, ia3, prompt, prefix-tuning, p-tuning, multi-task-prompt-tuning, bitfit, layer-norm-tuning, freeze, prompt-subspace, intrinsic-prompt, intrinsic-dimension, hint',
  );
});

test('two plugins of one kind and name are refused, of two kinds are not', () => {
  const twice = [definePlugin('metric', metric), definePlugin('metric', { ...metric })];
  expect(() => createRegistry(pluginKinds, twice)).toThrow(
    'two metrics are named "length"; accepted: a name that is not taken; taken are length',
  );
  const { specVersion, name, description } = metric;
  const format = { specVersion, name, description, messages: () => [] };
  expect(() =>
    createRegistry(pluginKinds, [
      definePlugin('metric', metric),
      definePlugin('prompt-template', format),
    ]),
  ).not.toThrow();
});

test('a plugin of another version or kind is refused', () => {
  const future = { kind: 'metric', value: { specVersion: 3, name: 'x' } } as unknown as Plugin;
  expect(() => createRegistry(pluginKinds, [future])).toThrow(
    'the metric "x": specVersion is 3; accepted: 2; a newer Tunesmith may know 3',
  );
  const stranger = { kind: 'metrics', value: metric } as unknown as Plugin;
  expect(() => createRegistry(pluginKinds, [stranger])).toThrow(
    'there is no plugin kind named "metrics"; nearest: "metric"',
  );
});

test('plugins of a package are loaded from where the recipe is', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'plugins-'));
  const home = join(folder, 'node_modules', 'my-metrics');
  await mkdir(home, { recursive: true });
  await writeFile(
    join(home, 'package.json'),
    JSON.stringify({ type: 'module', exports: { '.': { import: './main.js' } } }),
  );
  await writeFile(
    join(home, 'main.js'),
    "export const plugins = [{ kind: 'metric', value: { specVersion: 2, name: 'mine', description: 'Mine.', version: 1, range: [0, 1], higherIsBetter: true, score: () => 1 } }];",
  );
  const registry = createRegistry(pluginKinds, await loadPlugins(['my-metrics'], folder));
  expect(registry.get('metric', 'mine').score('', [])).toBe(1);
});

test('a package that is not installed, or exports no plugins, is refused', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'plugins-'));
  await writeFile(join(folder, 'empty.mjs'), 'export const something = 1;');
  await expect(loadPlugins(['not-installed-here'], folder)).rejects.toThrow(
    'the plugin "not-installed-here" is not installed',
  );
  await expect(loadPlugins(['./empty.mjs'], folder)).rejects.toThrow(
    '"./empty.mjs" exports no list named plugins',
  );
});

import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { definePlugin, type Metric, type Plugin } from '@tunesmith/schema';
import { expect, test } from 'vitest';
import { builtInPlugins } from './built-in.ts';
import { loadPlugins } from './load.ts';
import { createRegistry } from './registry.ts';

const metric: Metric = {
  specVersion: 1,
  name: 'length',
  version: 1,
  range: [0, 1],
  higherIsBetter: true,
  score: (prediction) => Math.min(1, prediction.length / 100),
};

test('the built-in methods, formats and devices are there', () => {
  const registry = createRegistry(builtInPlugins);
  const names = (kind: 'method' | 'dataset-adapter' | 'device') =>
    registry.all(kind).map(({ name }) => name);
  expect(names('method')).toEqual(['lora', 'adapter', 'prompt', 'bitfit']);
  expect(names('dataset-adapter')).toEqual(['alpaca', 'sharegpt', 'messages', 'tokenized']);
  expect(names('device')).toContain('cpu');
});

test('a plugin is found by kind and name', () => {
  expect(createRegistry([definePlugin('metric', metric)]).get('metric', 'length')).toBe(metric);
});

test('an unknown name lists what exists and the nearest', () => {
  expect(() => createRegistry(builtInPlugins).get('method', 'lorra')).toThrow(
    'there is no method named "lorra"; nearest: "lora"; accepted: lora, adapter, prompt, bitfit',
  );
});

test('two plugins of one kind and name are refused, of two kinds are not', () => {
  const twice = [definePlugin('metric', metric), definePlugin('metric', { ...metric })];
  expect(() => createRegistry(twice)).toThrow(
    'there are two plugins of kind metric named "length"',
  );
  const format = { specVersion: 1 as const, name: 'length', messages: () => [] };
  expect(() =>
    createRegistry([definePlugin('metric', metric), definePlugin('prompt-template', format)]),
  ).not.toThrow();
});

test('a plugin of another version or kind is refused', () => {
  const future = { kind: 'metric', value: { specVersion: 2, name: 'x' } } as unknown as Plugin;
  expect(() => createRegistry([future])).toThrow('plugin: specVersion is 2; accepted: 1');
  const stranger = { kind: 'metrics', value: metric } as unknown as Plugin;
  expect(() => createRegistry([stranger])).toThrow('plugin: kind is "metrics"; nearest: "metric"');
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
    "export const plugins = [{ kind: 'metric', value: { specVersion: 1, name: 'mine', version: 1, range: [0, 1], higherIsBetter: true, score: () => 1 } }];",
  );
  const registry = createRegistry(await loadPlugins(['my-metrics'], folder));
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

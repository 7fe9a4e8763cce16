import { expect, test } from 'vitest';
import { list } from '../list.ts';
import { builtInPlugins } from '../plugins/built-in.ts';
import { createRegistry } from '../plugins/registry.ts';
import { withoutForeignSettings } from './method.ts';

const registry = createRegistry(builtInPlugins);

test('settings of another method stay where the new one knows them, and are named where not', () => {
  const method = { name: 'prompt', r: 8, targets: ['q_proj'], num_virtual_tokens: 4 };
  expect(withoutForeignSettings(method, ['r', 'targets'], registry)).toEqual({
    method: { name: 'prompt', num_virtual_tokens: 4 },
    leftOut: ['r', 'targets'],
  });
  const lora = { name: 'lora', r: 8, reduction: 4 };
  expect(withoutForeignSettings(lora, ['r', 'reduction'], registry)).toEqual({
    method: { name: 'lora', r: 8 },
    leftOut: ['reduction'],
  });
});

test('full and none take none of them', () => {
  expect(withoutForeignSettings({ name: 'full', r: 8 }, ['r'], registry)).toEqual({
    method: { name: 'full' },
    leftOut: ['r'],
  });
});

test('what was written for the method itself is left to its own check', () => {
  const method = { name: 'lora', rank: 8 };
  expect(withoutForeignSettings(method, [], registry)).toEqual({ method, leftOut: [] });
});

test('the methods that can be named are listed with full and none', () => {
  const found = list({ kind: 'method' });
  expect(found.map(({ name }) => name)).toEqual([
    'lora',
    'adapter',
    'prompt',
    'bitfit',
    'full',
    'none',
  ]);
  expect(found.filter(({ description }) => description === '')).toEqual([]);
});

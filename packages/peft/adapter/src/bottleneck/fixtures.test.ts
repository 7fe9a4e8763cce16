import { afterAll, beforeAll, expect, it } from 'vitest';
import { placeModel } from '@tunesmith/models';
import { loadModel } from '@tunesmith/models/node';
import { adapterLogits, largestDifference } from '@tunesmith/peft';
import type { PeftMethod } from '@tunesmith/peft';
import { loadAdapter } from '@tunesmith/peft/node';
import { openDevice } from '@tunesmith/runtime/node';
import type { Device } from '@tunesmith/runtime';
import { readExpectedLogits } from '@tunesmith/testing';
import { adapter, parallelAdapter, pfeiffer } from './method.ts';

const here = (path: string): string => new URL(path, import.meta.url).pathname;
const methods = [adapter, pfeiffer, parallelAdapter] as unknown as PeftMethod[];
const tiny = '../../../../testing/fixtures/peft/base_';
const families = '../../../../models/test-support/fixtures/';

let device: Device;
beforeAll(async () => {
  device = await openDevice('tfjs-cpu');
});
afterAll(() => device.close());

it.each([
  [
    'from-adapterhub',
    `${tiny}gpt2`,
    'adapter',
    { size: 3, non_linearity: 'gelu_new', leave_out: [1] },
  ],
  ['pfeiffer-from-adapterhub', `${families}bert_mlm`, 'pfeiffer', { attention: false, scaling: 1 }],
  ['parallel-from-adapterhub', `${tiny}llama`, 'parallel-adapter', { scaling: 'learned' }],
  ['cross-from-adapterhub', `${families}t5`, 'adapter', { cross_attention: true, leave_out: [3] }],
])(
  'reads what the Python package `adapters` wrote, and gives its logits: %s',
  async (name, base, method, config) => {
    const folder = here(`../../golden/${name}`);
    const model = await loadModel(here(base));
    const loaded = await loadAdapter(folder, { model, methods });
    expect(loaded.name).toBe('made');
    expect(loaded.method.name).toBe(method);
    expect(loaded.config).toMatchObject(config);
    const { ids, logits: expected } = await readExpectedLogits(folder, 'logits.safetensors');
    const logits = await adapterLogits({
      placed: await placeModel(model, device),
      adapters: [{ adapter: loaded }],
      ids,
    });
    expect(largestDifference(logits, expected)).toBeLessThan(1e-4);
  },
);

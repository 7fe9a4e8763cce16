import { expect, it } from 'vitest';
import { placeModel } from '@tunesmith/models';
import { loadModel } from '@tunesmith/models/node';
import { adapterLogits, largestDifference } from '@tunesmith/peft';
import { loadAdapter } from '@tunesmith/peft/node';
import { openDevice } from '@tunesmith/runtime/node';
import { readExpectedLogits } from '@tunesmith/testing';
import { adapter } from './method.ts';

const here = (path: string): string => new URL(path, import.meta.url).pathname;

it('reads an adapter that the Python package `adapters` wrote, and gives its logits', async () => {
  const folder = here('../../golden/from-adapterhub');
  const model = await loadModel(here('../../../../testing/fixtures/peft/base_gpt2'));
  const loaded = await loadAdapter(folder, { model, methods: [adapter] });
  expect(loaded.name).toBe('made');
  expect(loaded.config).toMatchObject({
    size: 3,
    non_linearity: 'gelu_new',
    leave_out: [1],
    attention: true,
  });
  const { ids, logits: expected } = await readExpectedLogits(folder, 'logits.safetensors');
  const device = await openDevice('tfjs-cpu');
  const logits = await adapterLogits({
    placed: await placeModel(model, device),
    adapters: [{ adapter: loaded }],
    ids,
  });
  expect(largestDifference(logits, expected)).toBeLessThan(1e-4);
  await device.close();
});

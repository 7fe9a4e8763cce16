import { expect, it } from 'vitest';
import { loadModel, readSafetensors, toHostTensor } from '@tunesmith/models';
import { adapterLogits, largestDifference, loadAdapter } from '@tunesmith/peft';
import { openDevice } from '@tunesmith/runtime';
import { adapter } from './index.ts';

const here = (path: string): string => new URL(path, import.meta.url).pathname;

it('reads an adapter that the Python package `adapters` wrote, and gives its logits', async () => {
  const folder = here('../golden/from-adapterhub');
  const model = await loadModel(here('../../../testing/fixtures/peft/base_gpt2'));
  const loaded = await loadAdapter(folder, { model, methods: [adapter] });
  expect(loaded.name).toBe('made');
  expect(loaded.config).toMatchObject({ size: 3, non_linearity: 'gelu_new', leave_out: [1], attention: true });
  const { tensors } = await readSafetensors(`${folder}/logits.safetensors`);
  const { shape, data } = toHostTensor(tensors['input_ids']!, 'input_ids');
  const ids = Array.from({ length: shape[0]! }, (_, row) => [...data.slice(row * shape[1]!, (row + 1) * shape[1]!)]);
  const device = await openDevice('tfjs-cpu');
  const logits = await adapterLogits({ model, adapters: [{ adapter: loaded }], device, ids });
  expect(largestDifference(logits, toHostTensor(tensors['logits']!, 'logits'))).toBeLessThan(1e-4);
  await device.close();
});

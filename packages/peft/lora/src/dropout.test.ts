import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { logits, readEveryWeight } from '@tunesmith/models';
import {
  adapterFeeds,
  composeHooks,
  createAdapter,
  promptedBatch,
  promptedFeeds,
} from '@tunesmith/peft';
import { openDevice } from '@tunesmith/runtime/node';
import type { Device, HostTensor, TensorMap } from '@tunesmith/runtime';
import { perturbed, tinyModel } from '@tunesmith/testing';
import { lora } from './index.ts';

const model = tinyModel('llama');
const adapter = perturbed(
  await createAdapter({ model, method: lora, config: { r: 2, dropout: 0.5 }, seed: 0 }),
);
let device: Device;
beforeAll(async () => {
  device = await openDevice('tfjs-cpu');
});
afterAll(() => device.close());

async function run(training: boolean, seed: number): Promise<HostTensor['data']> {
  const factory = composeHooks([{ adapter }]);
  const forward = device.jit('forward', (inputs: TensorMap) => {
    const { seed: step, ...tensors } = inputs;
    const hooks = factory(tensors, { training, ...(step ? { seed: step } : {}) });
    return { logits: logits(model, tensors, promptedBatch(tensors), hooks) };
  });
  const result = await forward({
    ...(await readEveryWeight(model.weights)),
    ...adapterFeeds([adapter]),
    ...promptedFeeds(model.spec, { ids: [[1, 2, 3, 4]], sources: [] }, { input: 0, keys: 0 }),
    seed: { shape: [], dtype: 'int32', data: Int32Array.of(seed) },
  });
  return (await device.read(result['logits']!)).data;
}

describe('dropout of LoRA', () => {
  it('is off outside training', async () => {
    expect(await run(false, 1)).toEqual(await run(false, 2));
  });

  it('is drawn anew for each step, and the same for the same step', async () => {
    expect(await run(true, 1)).toEqual(await run(true, 1));
    expect(await run(true, 1)).not.toEqual(await run(true, 2));
    expect(await run(true, 1)).not.toEqual(await run(false, 1));
  });
});

import { toHostTensor } from '@tunesmith/models';
import { readSafetensors } from '@tunesmith/models/node';
import { largestDifference } from '@tunesmith/peft';
import { openDevice } from '@tunesmith/runtime/node';
import type { HostTensor, TensorMap } from '@tunesmith/runtime';
import { expect, it } from 'vitest';
import { hostAlgebra, tensorAlgebra, type Algebra } from './algebra.ts';
import { encodePrompt } from './p-tuning/encoder.ts';
import type { PTuningConfig } from './p-tuning/config.ts';
import { prefixOf } from './prefix/network.ts';
import type { PrefixConfig } from './prefix/config.ts';

const pTuning = (encoder: PTuningConfig['encoder'], layers: number): PTuningConfig => ({
  virtual_tokens: 3,
  encoder,
  hidden_size: 4,
  layers,
  dropout: 0,
  modules_to_save: null,
});
const prefix: PrefixConfig = {
  virtual_tokens: 3,
  projection: true,
  hidden_size: 5,
  init: 'random',
  modules_to_save: null,
};

/** The networks over the files that packages/peft/prompt/golden/networks/networks.py wrote. */
const networks = {
  mlp: <T>(algebra: Algebra<T>, parameter: (name: string) => T) =>
    encodePrompt(algebra, pTuning('mlp', 2), parameter, 4),
  lstm: <T>(algebra: Algebra<T>, parameter: (name: string) => T) =>
    encodePrompt(algebra, pTuning('lstm', 3), parameter, 4),
  prefix: <T>(algebra: Algebra<T>, parameter: (name: string) => T) =>
    prefixOf(algebra, prefix, parameter),
};

it.each(Object.keys(networks) as (keyof typeof networks)[])(
  'the network %s gives on the host and on a device what it gives in PEFT',
  async (name) => {
    const file = new URL(`../golden/networks/${name}.safetensors`, import.meta.url).pathname;
    const { tensors } = await readSafetensors(file);
    const { outcome, ...parameters } = Object.fromEntries(
      Object.entries(tensors).map(([key, tensor]) => [key, toHostTensor(tensor, key)]),
    );
    const onHost = networks[name]<HostTensor>(hostAlgebra, (key) => parameters[key]!);
    expect(largestDifference(onHost, outcome!)).toBeLessThan(1e-6);
    const device = await openDevice('tfjs-cpu');
    const run = device.jit('network', (fed: TensorMap) => ({
      outcome: networks[name](tensorAlgebra, (key) => fed[key]!),
    }));
    const { outcome: found } = await run(parameters);
    expect(largestDifference(await device.read(found!), outcome!)).toBeLessThan(1e-6);
    await device.close();
  },
);

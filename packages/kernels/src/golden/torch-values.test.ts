import { readFileSync } from 'node:fs';
import { test } from 'vitest';
import { openDevice, tf, valueAndGradients } from '@tunesmith/runtime';
import type { HostTensor, TensorMap } from '@tunesmith/runtime';
import {
  attention,
  crossEntropy,
  gelu,
  mish,
  quickGelu,
  reluSquared,
  rmsNorm,
  rotary,
  silu,
  tanh,
} from '../index.ts';
import { DEVICES, expectClose } from '../test-support/kernel-cases.ts';

/** A tensor of torch-values.json. */
interface Stored {
  readonly shape: number[];
  readonly data: number[];
}

interface Golden {
  readonly inputs: Record<string, Stored>;
  readonly constants: Record<string, Stored>;
  readonly options: Record<string, number>;
  readonly output: Stored;
  readonly cotangent: Stored;
  readonly gradients: Record<string, Stored>;
}

const golden = JSON.parse(readFileSync(new URL('torch-values.json', import.meta.url), 'utf8')) as Record<string, Golden>;

/** Torch keeps the heads before the tokens. */
const swapped = (x: tf.Tensor) => tf.transpose(x, [0, 2, 1, 3]);

const kernels: Record<string, (tensors: TensorMap, golden: Golden) => tf.Tensor> = {
  rmsNorm: ({ x, weight }, { options }) => rmsNorm(x!, weight!, options['epsilon']!),
  rotary: ({ x, positions }, { options }) =>
    swapped(
      rotary(swapped(x!), positions!, {
        inverseFrequencies: Float32Array.from(options['inverseFrequencies'] as unknown as number[]),
        maximumPosition: options['maximumPosition']!,
      }),
    ),
  attention: ({ query, key, value, documents }) => {
    const segmentIds = { query: documents!, key: documents! };
    const heads = { query: swapped(query!), key: swapped(key!), value: swapped(value!) };
    return swapped(attention({ ...heads, segmentIds, sees: 'causal' }));
  },
  crossEntropy: ({ hidden, weight, bias, targets, weights }, { options }) =>
    crossEntropy({
      hidden: hidden!,
      weight: weight!,
      bias,
      targets: targets!,
      weights: weights!,
      labelSmoothing: options['labelSmoothing'],
      chunk: 2,
    }).loss,
  silu: ({ x }) => silu(x!),
  geluTanh: ({ x }) => gelu(x!, 'tanh'),
  quickGelu: ({ x }) => quickGelu(x!),
  reluSquared: ({ x }) => reluSquared(x!),
  mish: ({ x }) => mish(x!),
  tanh: ({ x }) => tanh(x!),
};

const float = ({ shape, data }: Stored): HostTensor => ({ shape, dtype: 'float32', data: Float32Array.from(data) });
const whole = ({ shape, data }: Stored): HostTensor => ({ shape, dtype: 'int32', data: Int32Array.from(data) });

for (const deviceName of DEVICES) {
  for (const [name, run] of Object.entries(kernels)) {
    test(`${name} on ${deviceName} gives torch's value and gradients`, async () => {
      const one = golden[name]!;
      const device = await openDevice(deviceName);
      const names = Object.keys(one.inputs);
      const step = device.jit(name, (tensors) => {
        const parameters = Object.fromEntries(names.map((input) => [input, tensors[input]!]));
        const { outputs, gradients } = valueAndGradients((p) => {
          const y = run({ ...tensors, ...p }, one);
          return { loss: tf.sum(tf.mul(y, tensors['cotangent']!)) as tf.Scalar, y };
        }, parameters);
        return { y: outputs.y, ...Object.fromEntries(names.map((input) => [`d${input}`, gradients[input]!])) };
      });
      const feeds: Record<string, HostTensor> = { cotangent: float(one.cotangent) };
      for (const [input, stored] of Object.entries(one.inputs)) feeds[input] = float(stored);
      for (const [constant, stored] of Object.entries(one.constants)) {
        feeds[constant] = constant === 'weights' ? float(stored) : whole(stored);
      }
      const out = await step(feeds);
      expectClose(await device.read(out['y']!), float(one.output), 2e-6, 'value');
      for (const input of names) {
        expectClose(await device.read(out[`d${input}`]!), float(one.gradients[input]!), 5e-6, `gradient of ${input}`);
      }
      await device.close();
    });
  }
}

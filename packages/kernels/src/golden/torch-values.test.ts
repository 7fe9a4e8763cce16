import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { tf, valueAndGradients } from '@tunesmith/runtime';
import { openDevice } from '@tunesmith/runtime/node';
import type { HostTensor, TensorMap } from '@tunesmith/runtime';
import {
  alibiBias,
  attention,
  crossEntropy,
  distillationLoss,
  experts,
  gelu,
  linear,
  loadBalancingLoss,
  mish,
  quickGelu,
  relativePositionBias,
  reluSquared,
  rmsNorm,
  rotary,
  route,
  silu,
  swiglu,
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

function relativeBias({ table, query, key }: TensorMap, { options }: Golden): tf.Tensor {
  return relativePositionBias(
    table!,
    { query: query!, key: key! },
    { maximumDistance: options['maximumDistance']!, bidirectional: options['bidirectional'] === 1 },
  );
}

/** Torch keeps all experts in one tensor. */
function expertLayer(
  { x, router, gateUp, down }: TensorMap,
  { options }: Golden,
): tf.Tensor {
  const rows = tf.reshape(x!, [-1, x!.shape[2] as number]);
  const logits = linear(rows, router!, { layout: 'out_in' });
  const routing = route(logits, { perRow: 2, normalized: options['normalized'] === 1 });
  const own = (all: tf.Tensor, expert: number) =>
    tf.squeeze(tf.slice(all, expert, 1), [0]);
  const y = experts(rows, routing, (expert, rows) => {
    const both = linear(rows, own(gateUp!, expert), { layout: 'out_in' });
    const [gate, up] = tf.split(both, 2, 1);
    return linear(swiglu(gate!, up!), own(down!, expert), { layout: 'out_in' });
  });
  return tf.reshape(y, x!.shape);
}

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
  attentionGemma: ({ query, key, value, bias }, { options }) => {
    const heads = { query: swapped(query!), key: swapped(key!), value: swapped(value!) };
    return swapped(attention({ ...heads, ...options, bias: bias!, sees: 'causal' }));
  },
  rotaryAdjacent: ({ x, positions }, { options }) =>
    swapped(
      rotary(swapped(x!), positions!, {
        inverseFrequencies: Float32Array.from(options['inverseFrequencies'] as unknown as number[]),
        maximumPosition: options['maximumPosition']!,
        pairs: 'adjacent',
      }),
    ),
  relativeBoth: relativeBias,
  relativeBefore: relativeBias,
  experts: expertLayer,
  expertsNormalized: expertLayer,
  balance: ({ first, second, mask }) =>
    loadBalancingLoss(
      [first!, second!].map((logits) => ({ logits, ...route(logits, { perRow: 2, normalized: true }) })),
      mask!,
    ),
  crossEntropyCapped: ({ hidden, weight, targets, weights }, { options }) =>
    crossEntropy({
      hidden: hidden!,
      weight: weight!,
      targets: targets!,
      weights: weights!,
      chunk: 2,
      ...options,
    }).loss,
  distillation: ({ hidden, weight }, { options }) => {
    const { shape, data } = options['teacher'] as unknown as Stored;
    return distillationLoss({
      hidden: hidden!,
      weight: weight!,
      teacher: { logits: tf.tensor(data, shape) },
      weights: tf.ones([5]),
      temperature: options['temperature'],
      chunk: 2,
    });
  },
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

const alibi = { bloom: { precision: 'float32' }, falcon: { precision: 'bfloat16' } } as const;
for (const deviceName of DEVICES) {
  test.each(['bloom', 'falcon'] as const)(`alibi of %s on ${deviceName} gives torch's values`, async (family) => {
    const device = await openDevice(deviceName);
    const f = device.jit('alibi', ({ positions }) => ({
      bias: alibiBias(positions!, { heads: 6, ...alibi[family] }),
    }));
    const { bias } = await f({ positions: whole({ shape: [1, 7], data: [0, 1, 2, 100, 255, 257, 299] }) });
    const { data } = await device.read(bias!);
    const { output } = golden[family === 'bloom' ? 'alibiBloom' : 'alibiFalcon']!;
    // Falcon's bias is rounded to 8 bits: the same on every device, to the last of them.
    Array.from(data).forEach((value, i) => expect(Math.abs(value - output.data[i]!)).toBeLessThanOrEqual(family === 'falcon' ? 0 : 2e-7 * output.data[i]!)); // prettier-ignore
    await device.close();
  });
}

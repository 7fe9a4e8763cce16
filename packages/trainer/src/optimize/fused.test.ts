import { readFileSync } from 'node:fs';
import { tf } from '@tunesmith/runtime';
import type { HostTensor, TensorMap } from '@tunesmith/runtime';
import { openDevice } from '@tunesmith/runtime/node';
import { choosePlugin } from '@tunesmith/schema';
import { describe, expect, test } from 'vitest';
import { noVirtualTokens } from '../data/documents.ts';
import { createRunner } from '../step/runner.ts';
import type { StepSettings } from '../step/functions.ts';
import { optimizerKind, optimizers } from './plugins.ts';

interface Golden {
  shapes: Record<string, number[]>;
  start: Record<string, number[]>;
  inputs: number[][];
  targets: number[][];
  runs: {
    optimizer: { name: string; learning_rate: number };
    losses: number[];
    norms: number[];
    parameters: Record<string, number[]>;
  }[];
}

// made by torch, with updates in hooks of its backward pass: golden/fused.py
const golden = JSON.parse(
  readFileSync(new URL('golden/fused.golden.json', import.meta.url), 'utf8'),
) as Golden;

const host = (data: readonly number[], shape: readonly number[]): HostTensor => ({
  data: Float32Array.from(data),
  shape,
  dtype: 'float32',
});
const start = (): Record<string, HostTensor> =>
  Object.fromEntries(
    Object.entries(golden.start).map(([name, data]) => [name, host(data, golden.shapes[name]!)]),
  );

/** The network of the golden values: its second map is used twice. */
const loss = (batch: TensorMap, { parameters: p }: { parameters: TensorMap }) => {
  const second = p['second.weight'] as tf.Tensor2D;
  const first = tf.matMul(batch['inputs'] as tf.Tensor2D, p['first.weight']!, false, true);
  const hidden = tf.tanh(tf.add(first, p['first.bias']!));
  const output = tf.mul(p['gate']!, tf.matMul(hidden as tf.Tensor2D, second, false, true));
  const squares = tf.sum(tf.square(tf.sub(output, batch['targets']!)));
  const cubes = tf.sum(tf.mul(second, tf.square(second)));
  return { loss: tf.mul(tf.add(squares, cubes), batch['weights']!) as tf.Scalar, sums: {} };
};

const batch = {
  feeds: {
    inputs: host(golden.inputs.flat(), [5, 3]),
    targets: host(golden.targets.flat(), [5, 2]),
    weights: host([1], []),
  },
  normalizer: 1,
  supervised: 5,
  tokens: 5,
};

describe.each(['cpu', 'tfjs-cpu'])('on %s', (name) => {
  test.each(golden.runs.map((run) => [run.optimizer, run] as const))(
    '%o moves as torch does in hooks',
    async ({ learning_rate: learningRate, ...mention }, expected) => {
      const { plugin, options } = choosePlugin(
        optimizerKind,
        { learning_rate: learningRate, ...mention },
        optimizers,
      );
      const device = await openDevice(name);
      const parameters = start();
      const settings: StepSettings = {
        objective: { loss, sums: {} },
        trainable: {
          parameters,
          overwritten: true,
          frozen: {},
          virtualTokens: noVirtualTokens,
          inputs: [],
          states: {},
          learningRates: {},
          bind: (tensors) => ({ parameters: tensors, hooks: {} }),
        },
        optimizer: plugin.create(options),
        maxGradNorm: 0,
        baseDropout: false,
        steps: expected.losses.length,
        accumulation: 1,
      };
      const runner = createRunner(device, settings, { parameters });
      for (const [index, wanted] of expected.losses.entries()) {
        const step = index + 1;
        const found = await runner.step([batch], { step, learningRate, seeds: [step] });
        expect(found.loss / wanted).toBeCloseTo(1, 5);
        expect(found.gradientNorm / expected.norms[index]!).toBeCloseTo(1, 5);
      }
      const after = await runner.parameters();
      for (const [tensor, values] of Object.entries(expected.parameters)) {
        values.forEach((value, i) =>
          expect(after[tensor]!.data[i], `${tensor}[${i}]`).toBeCloseTo(value, 5),
        );
        // In main memory the arrays that were given hold the new parameters; a scalar is not worth it.
        if (name === 'cpu' && tensor !== 'gate')
          expect(after[tensor]!.data).toBe(parameters[tensor]!.data);
      }
      await runner.dispose();
      await device.close();
    },
  );
});

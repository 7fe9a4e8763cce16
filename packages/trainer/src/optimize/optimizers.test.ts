import { readFileSync } from 'node:fs';
import { tf } from '@tunesmith/runtime';
import type { TensorMap } from '@tunesmith/runtime';
import type { OptimizerRecipe } from '@tunesmith/schema';
import { expect, test } from 'vitest';
import { clipByNorm, globalNorm } from './clip.ts';
import { adamw, choose, optimizers, sgd } from './plugins.ts';
import type { OptimizerPlugin } from './plugins.ts';

type Values = Record<string, number[]>;

interface Golden {
  shapes: Values;
  start: Values;
  gradients: Values[];
  learning_rate: number;
  adamw: Values;
  sgd: Values;
  nesterov: Values;
  clip: { limit: number; norm: number; clipped: Values }[];
}

// made by torch: golden/optimizers.py
const golden = JSON.parse(
  readFileSync(new URL('golden/optimizers.golden.json', import.meta.url), 'utf8'),
) as Golden;

const tensors = (values: Values): TensorMap =>
  Object.fromEntries(
    Object.entries(values).map(([name, flat]) => [name, tf.tensor(flat, golden.shapes[name]!)]),
  );

function expectClose(actual: TensorMap, expected: Values): void {
  for (const [name, values] of Object.entries(expected)) {
    Array.from(actual[name]!.dataSync()).forEach((value, i) =>
      expect(value, `${name}[${i}]`).toBeCloseTo(values[i]!, 5),
    );
  }
}

function run(plugin: OptimizerPlugin, config: Partial<OptimizerRecipe>): TensorMap {
  const common = {
    name: plugin.name,
    learning_rate: golden.learning_rate,
    betas: [0.8, 0.95],
    epsilon: 1e-3,
    decay_exclude: [],
  };
  const optimizer = plugin.create({ ...common, weight_decay: 0.3, ...config });
  let parameters = tensors(golden.start);
  const specs = Object.fromEntries(
    Object.entries(golden.shapes).map(([name, shape]) => [
      name,
      { shape, dtype: 'float32' as const },
    ]),
  );
  let state: TensorMap = Object.fromEntries(
    Object.entries(optimizer.init(specs)).map(([name, { shape }]) => [
      name,
      tf.zeros(shape as number[]),
    ]),
  );
  golden.gradients.forEach((gradient, index) => {
    const scalars = { ...optimizer.scalars(index + 1), learningRate: golden.learning_rate };
    const fed = Object.fromEntries(
      Object.entries(scalars).map(([name, value]) => [name, tf.scalar(value)]),
    );
    ({ parameters, state } = optimizer.update(tensors(gradient), state, parameters, fed));
  });
  return parameters;
}

test("adamw moves as torch's AdamW, with a bias left out of the decay by the end of its name", () => {
  expectClose(run(adamw, { decay_exclude: ['bias'] }), golden.adamw);
});

test("sgd with momentum moves as torch's SGD", () => {
  expectClose(run(sgd, { options: { momentum: 0.9 } }), golden.sgd);
  expectClose(run(sgd, { options: { momentum: 0.9, nesterov: true } }), golden.nesterov);
});

test.each(golden.clip)(
  'gradients are clipped to a norm of $limit as torch clips them',
  ({ limit, norm, clipped }) => {
    const gradients = tensors(golden.gradients[0]!);
    const found = globalNorm(gradients);
    expect(found.dataSync()[0]).toBeCloseTo(norm, 5);
    expectClose(clipByNorm(gradients, found, limit), clipped);
  },
);

test('options that an optimizer does not have are refused', () => {
  expect(() => choose('optimizer', 'sgd', optimizers, { momentun: 0.9 })).toThrow(
    /nearest: "momentum"/,
  );
  expect(() => choose('optimizer', 'adamw', optimizers, { momentum: 0.9 })).toThrow(/momentum/);
});

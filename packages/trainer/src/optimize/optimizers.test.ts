import { readFileSync } from 'node:fs';
import { tf } from '@tunesmith/runtime';
import type { TensorMap } from '@tunesmith/runtime';
import { choosePlugin } from '@tunesmith/schema';
import type { PluginOptions } from '@tunesmith/schema';
import { expect, test } from 'vitest';
import { clipByNorm, globalNorm } from './clip.ts';
import { adamw, optimizerKind, optimizers, sgd } from './plugins.ts';
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

function run(plugin: OptimizerPlugin, given: PluginOptions): TensorMap {
  const mention = { name: plugin.name, learning_rate: golden.learning_rate, weight_decay: 0.3 };
  const { options } = choosePlugin(optimizerKind, { ...mention, ...given }, optimizers);
  const optimizer = plugin.create(options);
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
  expectClose(
    run(adamw, { betas: [0.8, 0.95], epsilon: 1e-3, decay_exclude: ['bias'] }),
    golden.adamw,
  );
});

test("sgd with momentum moves as torch's SGD", () => {
  expectClose(run(sgd, { momentum: 0.9 }), golden.sgd);
  expectClose(run(sgd, { momentum: 0.9, nesterov: true }), golden.nesterov);
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
  const choose = (name: string, options: PluginOptions) =>
    choosePlugin(optimizerKind, { name, ...options }, optimizers);
  expect(() => choose('sgd', { momentun: 0.9 })).toThrow(/nearest: "momentum"/);
  expect(() => choose('adamw', { momentum: 0.9 })).toThrow(
    'optimizer adamw: "momentum" is not a known key; accepted: learning_rate, betas, epsilon',
  );
});

test('an optimizer of version 1 gets the settings that it knew', () => {
  const settings: unknown[] = [];
  const old = {
    specVersion: 1,
    name: 'old',
    summary: 'An optimizer of its time.',
    options: { type: 'object', properties: { depth: { type: 'integer', default: 3 } } },
    create: (config: unknown) => settings.push(config),
  } as unknown as OptimizerPlugin;
  const mention = { name: 'old', learning_rate: 0.1, depth: 5 };
  const { plugin, options } = choosePlugin(optimizerKind, mention, [old]);
  expect(plugin).toMatchObject({ specVersion: 2, description: 'An optimizer of its time.' });
  plugin.create(options);
  expect(settings).toMatchObject([
    { name: 'old', learning_rate: 0.1, betas: [0.9, 0.999], epsilon: 1e-8, options: { depth: 5 } },
  ]);
});

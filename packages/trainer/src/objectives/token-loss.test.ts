import { overlayWeights, readEveryWeight } from '@tunesmith/models';
import type { Hooks, Model } from '@tunesmith/models';
import { tf, valueAndGradients } from '@tunesmith/runtime';
import { openDevice } from '@tunesmith/runtime/node';
import { expect, test } from 'vitest';
import { tinyLlama } from '../../test-support/tiny.ts';
import { causalRows } from '../../test-support/causal-rows.ts';
import { noVirtualTokens } from '../data/documents.ts';
import { createObjective } from './plugins.ts';

const model = tinyLlama({ tied: false });
const { spec } = model;
/** The same model with a bias at its head, as GPT-J and Phi have. */
const biased: Model = {
  ...model,
  spec: {
    ...spec,
    head: { ...spec.head, bias: 'lm_head.bias' },
    tensors: { ...spec.tensors, 'lm_head.bias': { shape: [spec.vocabulary] } },
  },
  weights: overlayWeights(model.weights, {
    'lm_head.bias': {
      dtype: 'float32',
      shape: [spec.vocabulary],
      data: Float32Array.from({ length: spec.vocabulary }, (_, id) => Math.sin(id)),
    },
  }),
};
const ids = Int32Array.from([3, 1, 4, 1, 5, 9, 2, 6]);
const labels = Int32Array.from([-100, -100, 4, 1, 5, -100, 2, 6]);
const source = causalRows([{ id: 'x', ids, labels, truncated: 0 }], { rows: [[0]], tokens: 10 });

/** Loss, right predictions and one gradient. */
async function measured(model: Model, hooks: Hooks, labelSmoothing: number) {
  const device = await openDevice('cpu');
  const objective = createObjective(
    { name: 'causal-lm', label_smoothing: labelSmoothing },
    { model, maximumLength: 10, virtualTokens: noVirtualTokens },
  );
  const { feeds } = objective.collate(
    [source.row(0)],
    { rows: 1, tokens: 10, supervised: 8, packed: true },
    { training: true, seeds: [0] },
  );
  const run = device.jit('loss', (inputs) => {
    const { outputs, gradients } = valueAndGradients(
      (parameters) => {
        const { loss, sums } = objective.loss(inputs, { parameters, hooks, training: true });
        return { loss, correct: sums['correct']! };
      },
      Object.fromEntries(model.weights.names.map((name) => [name, inputs[name]!])),
    );
    return { loss: outputs.loss, correct: outputs.correct, gradient: gradients['lm_head.weight']! };
  });
  const found = await run({ ...(await readEveryWeight(model.weights)), ...feeds });
  const read = async (name: string) => Array.from((await device.read(found[name]!)).data);
  const result = {
    loss: (await read('loss'))[0]!,
    correct: (await read('correct'))[0]!,
    gradient: await read('gradient'),
  };
  await device.close();
  return result;
}

/** Runs the head's map through a hook that leaves its values alone. */
const throughTheHead: Hooks = {
  linear: (site, x, next) => (site.head ? tf.mul(next(x), 1) : next(x)),
};

test.each([
  ['a head', model, 0],
  ['a head', model, 0.2],
  ['a head with a bias', biased, 0],
  ['a head with a bias', biased, 0.2],
])(
  'a method that hooks %s gets the loss and gradients of the fused head (label smoothing $2)',
  async (_, model, labelSmoothing) => {
    const fused = await measured(model, {}, labelSmoothing);
    const whole = await measured(model, throughTheHead, labelSmoothing);
    expect(fused.loss).toBeGreaterThan(10);
    expect(whole.loss).toBeCloseTo(fused.loss, 4);
    expect(whole.correct).toBe(fused.correct);
    fused.gradient.forEach((value, i) => expect(whole.gradient[i]).toBeCloseTo(value, 5));
  },
);

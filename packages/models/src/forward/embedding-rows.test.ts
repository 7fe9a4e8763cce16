import { tf, valueAndGradients, type TensorMap } from '@tunesmith/runtime';
import { openDevice } from '@tunesmith/runtime/node';
import { expect, test } from 'vitest';
import { llama } from '../architectures/llama/llama.ts';
import { initializeParameters } from '../checkpoint/initialize.ts';
import { createScope } from './scope.ts';

const vocabulary = 997;
const spec = llama.spec({
  model_type: 'llama',
  vocab_size: vocabulary,
  hidden_size: 8,
  intermediate_size: 12,
  num_hidden_layers: 1,
  num_attention_heads: 2,
  max_position_embeddings: 8,
});

/** How many results as large as the table the operations of a step make, whose gradient is asked for one tensor. */
async function tablesMade(trained: string): Promise<number> {
  const device = await openDevice('tfjs-cpu');
  const parameters: TensorMap = Object.fromEntries(
    Object.entries(initializeParameters(spec, 1)).map(([name, { data, shape }]) => [
      name,
      tf.tensor(data as Float32Array, [...shape]),
    ]),
  );
  const { kernels } = await tf.profile(() => {
    const { outputs } = valueAndGradients(
      (own) => {
        const { hidden } = llama.forward(
          spec,
          createScope({ parameters: { ...parameters, ...own } }),
          {
            ids: tf.tensor2d([[5, 900, 5]], [1, 3], 'int32'),
            positions: tf.tensor2d([[0, 1, 2]], [1, 3], 'int32'),
          },
        );
        return { loss: tf.mean<tf.Scalar>(tf.square(hidden)) };
      },
      { [trained]: parameters[trained]! },
    );
    return outputs.loss;
  });
  await device.close();
  const sizes = kernels.flatMap(({ outputShapes }) =>
    outputShapes.map((shape) => shape.reduce((size, one) => size * one, 1)),
  );
  expect(sizes.length).toBeGreaterThan(20);
  return sizes.filter((size) => size >= vocabulary * spec.width).length;
}

test('a frozen table is read by rows: a step makes nothing as large as it', async () => {
  expect(await tablesMade('model.norm.weight')).toBe(0);
  expect(await tablesMade('model.embed_tokens.weight')).toBeGreaterThan(0);
});

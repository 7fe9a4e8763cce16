import { expect, test } from 'vitest';
import { tf } from '../tf.ts';
import { recordFunction } from './compile.ts';
import type { Ort } from './loader.ts';
import { createGraphSession, ortTensor } from './session.ts';

test('large copies of outputs that were written where they were told to are given back at once', async () => {
  const shapes = { large: [512, 1024], small: [4] };
  const { graph } = recordFunction(
    'test',
    ({ large, small }) => ({ large: tf.add(large!, 1), small: tf.add(small!, 1) }),
    {
      large: { shape: shapes.large, dtype: 'float32' },
      small: { shape: shapes.small, dtype: 'float32' },
    },
  );
  const ort = (await import('onnxruntime-node')) as Ort;
  const returned: Record<string, { data: Float32Array }> = {};
  const watched = {
    ...ort,
    Tensor: ort.Tensor,
    InferenceSession: {
      async create(...given: Parameters<typeof ort.InferenceSession.create>) {
        const session = await ort.InferenceSession.create(...given);
        return {
          run: async (...feeds: Parameters<typeof session.run>) =>
            Object.assign(returned, await session.run(...feeds)),
          release: () => session.release(),
        };
      },
    },
  } as unknown as Ort;
  const session = await createGraphSession(watched, 'test', graph, { session: {} });
  const tensors = () =>
    Object.fromEntries(
      Object.entries(shapes).map(([name, shape]) => {
        const data = new Float32Array(shape.reduce((n, d) => n * d, 1)).fill(2);
        return [name, ortTensor(ort, 'float32', data, shape)];
      }),
    );
  const [feeds, outputs] = [tensors(), tensors()];
  await session.runInto(feeds, outputs);
  expect(Object.values(returned).map(({ data }) => data.length)).toEqual([0, 4]);
  for (const tensor of Object.values(outputs)) expect(tensor.data.at(-1)).toBe(3);
  for (const tensor of Object.values(feeds)) expect(tensor.data.at(-1)).toBe(2);
  await session.release();
});

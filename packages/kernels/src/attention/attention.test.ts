import { expect, test } from 'vitest';
import { openDevice, tf, valueAndGradients } from '@tunesmith/runtime';
import { attentionBias, causalBias } from '../attention-bias/index.ts';
import { integers, numbers, testKernel } from '../test-support/kernel-cases.ts';
import type { KernelCase } from '../test-support/kernel-cases.ts';
import { queryBlocks } from './blocks.ts';
import { attention } from './index.ts';

interface Shape {
  readonly batch: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly tokens: number;
  readonly keys: number;
  readonly headDim: number;
}

/** Attention head by head, with every key head repeated as often as it is used. */
function plain(
  query: tf.Tensor,
  key: tf.Tensor,
  value: tf.Tensor,
  mask: tf.Tensor | undefined,
  shape: Shape,
): tf.Tensor {
  const { batch, heads, kvHeads, keys, headDim } = shape;
  const byHead = (x: tf.Tensor) => tf.transpose(x, [0, 2, 1, 3]);
  const repeat = (x: tf.Tensor) =>
    tf.reshape(
      tf.tile(tf.reshape(byHead(x), [batch * kvHeads, 1, keys, headDim]), [
        1,
        heads / kvHeads,
        1,
        1,
      ]),
      [batch, heads, keys, headDim],
    );
  const scores = tf.div(tf.matMul(byHead(query), repeat(key), false, true), Math.sqrt(headDim));
  return byHead(tf.matMul(tf.softmax(mask ? tf.add(scores, mask) : scores), repeat(value)));
}

function inputsOf({ batch, heads, kvHeads, tokens, keys, headDim }: Shape) {
  return {
    query: numbers([batch, tokens, heads, headDim], 1, 2),
    key: numbers([batch, keys, kvHeads, headDim], 2, 2),
    value: numbers([batch, keys, kvHeads, headDim], 3),
  };
}

const cases: KernelCase[] = [];
const shapes: Shape[] = [
  { batch: 1, heads: 1, kvHeads: 1, tokens: 1, keys: 1, headDim: 1 },
  { batch: 2, heads: 6, kvHeads: 2, tokens: 5, keys: 5, headDim: 3 },
  { batch: 1, heads: 3, kvHeads: 3, tokens: 7, keys: 7, headDim: 2 },
  { batch: 1, heads: 2, kvHeads: 1, tokens: 3, keys: 7, headDim: 4 },
];
for (const shape of shapes) {
  const label = `${shape.heads}/${shape.kvHeads} heads, ${shape.tokens} tokens, ${shape.keys} keys`;
  for (const causal of [false, true]) {
    cases.push({
      name: `attention ${causal ? 'causal' : 'full'}, ${label}`,
      inputs: inputsOf(shape),
      run: ({ query, key, value }) =>
        attention({ query: query!, key: key!, value: value!, causal }),
      composed: ({ query, key, value }) => {
        const mask = causal
          ? causalBias(shape.tokens, shape.keys, shape.keys - shape.tokens)
          : undefined;
        return plain(query!, key!, value!, mask, shape);
      },
    });
  }
}

const packed: Shape = { batch: 2, heads: 4, kvHeads: 2, tokens: 6, keys: 6, headDim: 3 };
const isolated = (segmentIds: tf.Tensor) =>
  attentionBias({ querySegmentIds: segmentIds, keySegmentIds: segmentIds, causalOffset: 0 });
cases.push({
  name: 'attention over packed documents',
  inputs: inputsOf(packed),
  constants: { segmentIds: integers([2, 6], [1, 1, 2, 2, 2, 3, 1, 1, 1, 1, 0, 0]) },
  run: ({ query, key, value, segmentIds }) =>
    attention({
      query: query!,
      key: key!,
      value: value!,
      bias: isolated(segmentIds!),
      causal: true,
    }),
  composed: ({ query, key, value, segmentIds }) =>
    plain(query!, key!, value!, isolated(segmentIds!), packed),
});

const prefixed: Shape = { batch: 2, heads: 2, kvHeads: 1, tokens: 3, keys: 5, headDim: 3 };
cases.push({
  name: 'attention with a prefix that every query sees',
  inputs: {
    ...inputsOf({ ...prefixed, keys: 3 }),
    prefixKey: numbers([2, 1, 3], 4, 2),
    prefixValue: numbers([2, 1, 3], 5),
  },
  constants: { segmentIds: integers([2, 3], [1, 1, 2, 1, 1, 1]) },
  run: ({ query, key, value, prefixKey, prefixValue, segmentIds }) =>
    attention({
      query: query!,
      key: key!,
      value: value!,
      bias: isolated(segmentIds!),
      causal: true,
      prefix: { key: prefixKey!, value: prefixValue! },
    }),
  composed: ({ query, key, value, prefixKey, prefixValue, segmentIds }) => {
    const join = (prefix: tf.Tensor, rest: tf.Tensor) => {
      const one = tf.reshape(prefix, [1, 2, 1, 3]);
      return tf.concat([tf.concat([one, one], 0), rest], 1);
    };
    const mask = tf.concat([tf.zeros([2, 1, 3, 2]), isolated(segmentIds!)], 3);
    return plain(query!, join(prefixKey!, key!), join(prefixValue!, value!), mask, prefixed);
  },
});

const long: Shape = { batch: 1, heads: 2, kvHeads: 1, tokens: 200, keys: 203, headDim: 4 };
cases.push({
  name: 'attention causal in several blocks',
  inputs: inputsOf(long),
  differences: false,
  run: ({ query, key, value }) =>
    attention({ query: query!, key: key!, value: value!, causal: true }),
  composed: ({ query, key, value }) => plain(query!, key!, value!, causalBias(200, 203, 3), long),
});

/** 300 tokens a row in five and in two documents, some across blocks of queries; the second row ends in padding. */
const severalBlocks: Shape = { batch: 2, heads: 2, kvHeads: 1, tokens: 300, keys: 300, headDim: 4 };
const documentEnds = [
  [40, 140, 170, 230, 300],
  [180, 250],
];
const documentNumbers = integers(
  [2, 300],
  documentEnds.flatMap((ends) =>
    Array.from({ length: 300 }, (_, i) => ends.findIndex((end) => i < end) + 1),
  ),
);
cases.push({
  name: 'attention over packed documents in several blocks',
  inputs: inputsOf(severalBlocks),
  constants: { segmentIds: documentNumbers },
  differences: false,
  run: ({ query, key, value, segmentIds }) =>
    attention({
      query: query!,
      key: key!,
      value: value!,
      bias: isolated(segmentIds!),
      causal: true,
    }),
  composed: ({ query, key, value, segmentIds }) =>
    plain(query!, key!, value!, isolated(segmentIds!), severalBlocks),
});

testKernel(cases);

test.each(['documents and order', 'order alone'])(
  'nothing reaches a key hidden by %s, not even a number too small to matter',
  async (by) => {
    const device = await openDevice('cpu');
    const step = device.jit('step', ({ query, key, value, segmentIds }) => {
      const { gradients } = valueAndGradients(
        (parameters) => {
          const y = attention({
            query: parameters['query']!,
            key: parameters['key']!,
            value: parameters['value']!,
            bias: segmentIds && isolated(segmentIds),
            causal: true,
          });
          return { loss: tf.sum<tf.Scalar>(tf.slice(y, [0, 0, 0, 0], [1, 140, 2, 4])) };
        },
        { query: query!, key: key!, value: value! },
      );
      return gradients;
    });
    // the first row's loss is over its first 140 tokens, two documents: all after them is hidden from it
    const segmentIds = by === 'order alone' ? {} : { segmentIds: documentNumbers };
    const gradients = await step({ ...inputsOf(severalBlocks), ...segmentIds });
    for (const name of ['key', 'value']) {
      const { data } = await device.read(gradients[name]!);
      expect(data.subarray(0, 140 * 4).every((value) => value !== 0)).toBe(true);
      expect(data.subarray(140 * 4).every((value) => value === 0)).toBe(true);
    }
    await device.close();
  },
);

test('queries compute nothing with keys of documents that their block does not touch', async () => {
  const device = await openDevice('cpu');
  const f = device.jit('attention', ({ query, key, value, segmentIds }) => {
    const bias = isolated(segmentIds!);
    return { y: attention({ query: query!, key: key!, value: value!, bias, causal: true }) };
  });
  const inputs = inputsOf({ ...severalBlocks, batch: 1 });
  inputs.key.data[0] = NaN; // a product with it, even a masked one, is NaN
  const segmentIds = {
    ...documentNumbers,
    shape: [1, 300],
    data: documentNumbers.data.slice(0, 300),
  };
  const { y } = await f({ ...inputs, segmentIds });
  const { data } = await device.read(y!);
  const from = (query: number) => data.subarray(query * 2 * 4);
  expect(from(180).every(Number.isFinite)).toBe(true); // blocks of 60: queries from 180 on, documents 4 and 5
  expect(from(0).every(Number.isFinite)).toBe(false);
  await device.close();
});

test('refuses query heads that the key heads do not divide', () => {
  const tensor = (heads: number) => tf.zeros([1, 2, heads, 4]);
  expect(() =>
    attention({ query: tensor(3), key: tensor(2), value: tensor(2), causal: true }),
  ).toThrow(/heads is 3; accepted: a multiple of the key heads, 2/);
});

test('causal blocks cover all queries and leave out hidden keys', () => {
  expect(queryBlocks(256, 256, true).map(({ begin, end, keys }) => [begin, end, keys])).toEqual([
    [0, 64, 64],
    [64, 128, 128],
    [128, 192, 192],
    [192, 256, 256],
  ]);
  expect(queryBlocks(150, 160, true).map(({ end, keys }) => [end, keys])).toEqual([
    [75, 85],
    [150, 160],
  ]);
  expect(queryBlocks(4096, 4096, true)).toHaveLength(8);
  expect(queryBlocks(512, 512, false)).toEqual([{ begin: 0, end: 512, keys: 512 }]);
});

import { expect, test } from 'vitest';
import { tf, valueAndGradients } from '@tunesmith/runtime';
import { openDevice } from '@tunesmith/runtime/node';
import { DEVICES, integers, numbers, testKernel } from '../test-support/kernel-cases.ts';
import type { KernelCase } from '../test-support/kernel-cases.ts';
import { attention } from './index.ts';
import { byHeads, inputsOf, maskOf, plain } from './test-support/plain.ts';
import type { Shape } from './test-support/plain.ts';

const cases: KernelCase[] = [];
const shapes: Shape[] = [
  { batch: 1, heads: 1, kvHeads: 1, tokens: 1, keys: 1, headDim: 1 },
  { batch: 2, heads: 6, kvHeads: 2, tokens: 5, keys: 5, headDim: 3 },
  { batch: 1, heads: 3, kvHeads: 3, tokens: 7, keys: 7, headDim: 2 },
  { batch: 1, heads: 2, kvHeads: 1, tokens: 3, keys: 7, headDim: 4 },
];
for (const shape of shapes) {
  const label = `${shape.heads}/${shape.kvHeads} heads, ${shape.tokens} tokens, ${shape.keys} keys`;
  const offset = shape.keys - shape.tokens;
  for (const sees of ['causal', 'bidirectional'] as const) {
    cases.push({
      name: `attention ${sees}, ${label}`,
      inputs: inputsOf(shape),
      run: ({ query, key, value }) => attention({ query: query!, key: key!, value: value!, sees }),
      composed: ({ query, key, value }) => {
        const mask = maskOf(shape, (_, q, k) => sees !== 'causal' || k <= q + offset);
        return plain({ query: query!, key: key!, value: value! }, mask);
      },
    });
  }
}

/** Attention over segments against {@link plain}: `segments` are those of the queries and, if they differ, of the keys. */
function segmented(
  name: string,
  shape: Shape,
  segments: { readonly query: readonly number[]; readonly key?: readonly number[] },
  options: {
    readonly sees?: 'causal' | 'bidirectional' | 'cross';
    readonly window?: number;
    readonly differences?: boolean;
  } = {},
): KernelCase {
  const { sees = 'causal', window, differences = true } = options;
  const { batch, tokens, keys } = shape;
  const key = segments.key ?? segments.query;
  return {
    name: `attention ${name}`,
    differences,
    inputs: inputsOf(shape),
    constants: {
      ofQuery: integers([batch, tokens], segments.query),
      ofKey: integers([batch, keys], key),
    },
    run: ({ query, key, value, ofQuery, ofKey }) =>
      attention({
        query: query!,
        key: key!,
        value: value!,
        segmentIds: { query: ofQuery!, key: ofKey! },
        sees,
        window,
      }),
    composed: (tensors) => {
      const mask = maskOf(shape, (b, q, k) => {
        const isSameSegment = segments.query[b * tokens + q] === key[b * keys + k];
        const distance = q + (keys - tokens) - k;
        const isInOrder = sees !== 'causal' || (distance >= 0 && distance < (window ?? Infinity));
        return isSameSegment && isInOrder;
      });
      return plain({ query: tensors['query']!, key: tensors['key']!, value: tensors['value']! }, mask); // prettier-ignore
    },
  };
}

const packed: Shape = { batch: 2, heads: 4, kvHeads: 2, tokens: 6, keys: 6, headDim: 3 };
const packedSegments = { query: [1, 1, 2, 2, 2, 3, 1, 1, 1, 1, 0, 0] };
const twoSequences: Shape = { batch: 2, heads: 4, kvHeads: 2, tokens: 3, keys: 5, headDim: 3 };
const twoSegments = { query: [1, 1, 2, 1, 0, 0], key: [1, 1, 1, 2, 2, 1, 1, 1, 1, 3] };

/** 300 tokens a row in five and in two documents, some across blocks of queries; the second row ends in padding. */
const severalBlocks: Shape = { batch: 2, heads: 2, kvHeads: 1, tokens: 300, keys: 300, headDim: 4 };
const documentEnds = [
  [40, 140, 170, 230, 300],
  [180, 250],
];
const documents = documentEnds.flatMap((ends) =>
  Array.from({ length: 300 }, (_, i) => ends.findIndex((end) => i < end) + 1),
);
/** Sources of the same documents, shorter and without padding's: what is padding sees nothing. */
const sources = Array.from({ length: 400 }, (_, i) => 1 + Math.floor(i / (i < 200 ? 40 : 100)) % (i < 200 ? 5 : 2)); // prettier-ignore
const acrossBlocks: Shape = { ...severalBlocks, keys: 200 };

cases.push(
  segmented('over packed documents', packed, packedSegments),
  segmented('over packed documents in both directions', packed, packedSegments, {
    sees: 'bidirectional',
  }),
  segmented('over packed documents with a window', packed, packedSegments, { window: 2 }),
  segmented('to another sequence', twoSequences, twoSegments, { sees: 'cross' }),
  ...(['causal', 'bidirectional'] as const).map(
    (sees) =>
    segmented(`${sees} over packed documents in several blocks`, severalBlocks, { query: documents }, { sees, differences: false }), // prettier-ignore
  ),
  segmented('to another sequence in several blocks', acrossBlocks, { query: documents, key: sources }, { sees: 'cross', differences: false }), // prettier-ignore
  segmented('over packed documents in several blocks with a window', severalBlocks, { query: documents }, { window: 50, differences: false }), // prettier-ignore
);

const long: Shape = { batch: 1, heads: 2, kvHeads: 1, tokens: 200, keys: 203, headDim: 4 };
for (const window of [undefined, 5, 90, 400]) {
  cases.push({
    name: `attention causal in several blocks, window ${window ?? 'none'}`,
    inputs: inputsOf(long),
    differences: false,
    run: ({ query, key, value }) =>
      attention({ query: query!, key: key!, value: value!, sees: 'causal', window }),
    composed: ({ query, key, value }) => {
      const sees = (q: number, k: number) => k <= q + 3 && k > q + 3 - (window ?? Infinity);
      return plain(
        { query: query!, key: key!, value: value! },
        maskOf(long, (_, q, k) => sees(q, k)),
      );
    },
  });
}

const prefixed: Shape = { batch: 2, heads: 2, kvHeads: 1, tokens: 3, keys: 5, headDim: 3 };
const prefixInputs = {
  ...inputsOf({ ...prefixed, keys: 3 }),
  prefixKey: numbers([2, 1, 3], 4, 2),
  prefixValue: numbers([2, 1, 3], 5),
};
for (const window of [undefined, 1]) {
  const segments = [1, 1, 2, 1, 1, 1];
  cases.push({
    name: `attention with a prefix that every query sees, window ${window ?? 'none'}`,
    inputs: prefixInputs,
    constants: { segmentIds: integers([2, 3], segments) },
    run: ({ query, key, value, prefixKey, prefixValue, segmentIds }) =>
      attention({
        query: query!,
        key: key!,
        value: value!,
        segmentIds: { query: segmentIds!, key: segmentIds! },
        sees: 'causal',
        window,
        prefix: { key: prefixKey!, value: prefixValue! },
      }),
    composed: ({ query, key, value, prefixKey, prefixValue }) => {
      const join = (prefix: tf.Tensor, rest: tf.Tensor) => {
        const one = tf.reshape(prefix, [1, 2, 1, 3]);
        return tf.concat([tf.concat([one, one], 0), rest], 1);
      };
      const mask = maskOf(prefixed, (b, q, k) => {
        const isSameSegment = segments[b * 3 + q] === segments[b * 3 + k - 2];
        return k < 2 || (isSameSegment && k - 2 <= q && k - 2 > q - (window ?? Infinity));
      });
      return plain(
        { query: query!, key: join(prefixKey!, key!), value: join(prefixValue!, value!) },
        mask,
      );
    },
  });
}

// Each row has three keys of its own in front: of its first document, of its second, and one that nobody sees.
const ownPrefix: Shape = { ...prefixed, keys: 6 };
for (const [name, shape, sees] of [
  ['', ownPrefix, 'causal'],
  [' in both directions', ownPrefix, 'bidirectional'],
  [' in several blocks', { ...ownPrefix, tokens: 200, keys: 203 }, 'causal'],
] as const) {
  const { batch, tokens } = shape;
  const segments = Array.from({ length: batch * tokens }, (_, i) =>
    i % tokens < tokens / 2 ? 1 : 2,
  );
  const isSeen = (b: number, q: number, k: number): boolean => segments[b * tokens + q] === k + 1;
  const seen = Float32Array.from({ length: batch * tokens * 3 }, (_, i) =>
    isSeen(Math.floor(i / (tokens * 3)), Math.floor(i / 3) % tokens, i % 3) ? 1 : 0,
  );
  cases.push({
    name: `attention with a prefix of each row's own, seen by some${name}`,
    inputs: {
      ...inputsOf({ ...shape, keys: tokens }),
      prefixKey: numbers([batch, 3, 1, 3], 4, 2),
      prefixValue: numbers([batch, 3, 1, 3], 5),
    },
    constants: {
      segmentIds: integers([batch, tokens], segments),
      seen: { shape: [batch, tokens, 3], dtype: 'float32', data: seen },
    },
    differences: tokens < 100,
    run: ({ query, key, value, prefixKey, prefixValue, segmentIds, seen: prefixSeen }) =>
      attention({
        query: query!,
        key: key!,
        value: value!,
        segmentIds: { query: segmentIds!, key: segmentIds! },
        sees,
        prefix: { key: prefixKey!, value: prefixValue!, seen: prefixSeen },
      }),
    composed: ({ query, key, value, prefixKey, prefixValue }) => {
      const mask = maskOf(shape, (b, q, k) => {
        if (k < 3) return isSeen(b, q, k);
        const isSameSegment = segments[b * tokens + q] === segments[b * tokens + k - 3];
        return isSameSegment && (sees !== 'causal' || k - 3 <= q);
      });
      const after = (one: tf.Tensor, rest: tf.Tensor) => tf.concat([one, rest], 1);
      return plain(
        { query: query!, key: after(prefixKey!, key!), value: after(prefixValue!, value!) },
        mask,
      );
    },
  });
}

// A cache of six rows, in no order, two of them unused, before two tokens of each of two rows.
const cached: Shape = { batch: 2, heads: 2, kvHeads: 1, tokens: 2, keys: 8, headDim: 3 };
const cache = {
  querySegments: [1, 1, 1, 1],
  keySegments: [1, 0, 1, 1, 1, 0, 1, 1, 1, 1, 0, 0, 0, 0, 1, 1],
  queryPositions: [4, 5, 2, 3],
  keyPositions: [2, 0, 0, 3, 1, 9, 4, 5, 1, 0, 0, 7, 0, 0, 2, 3],
};
for (const window of [undefined, 3]) {
  cases.push({
    name: `attention to a cache by positions, window ${window ?? 'none'}`,
    inputs: inputsOf(cached),
    constants: {
      querySegments: integers([2, 2], cache.querySegments),
      keySegments: integers([2, 8], cache.keySegments),
      queryPositions: integers([2, 2], cache.queryPositions),
      keyPositions: integers([2, 8], cache.keyPositions),
    },
    run: (tensors) =>
      attention({
        query: tensors['query']!,
        key: tensors['key']!,
        value: tensors['value']!,
        segmentIds: { query: tensors['querySegments']!, key: tensors['keySegments']! },
        positions: { query: tensors['queryPositions']!, key: tensors['keyPositions']! },
        sees: 'causal',
        window,
      }),
    composed: ({ query, key, value }) => {
      const mask = maskOf(cached, (b, q, k) => {
        const distance = cache.queryPositions[b * 2 + q]! - cache.keyPositions[b * 8 + k]!;
        const isUsed = cache.keySegments[b * 8 + k] === 1;
        return isUsed && distance >= 0 && distance < (window ?? Infinity);
      });
      return plain({ query: query!, key: key!, value: value! }, mask);
    },
  });
}

for (const [label, biasShape] of [
  ['for all rows', [1, 4, 6, 6]],
  ['for each row and key', [2, 4, 1, 6]],
  ['for all heads', [2, 1, 6, 6]],
] as const) {
  cases.push({
    name: `attention with a bias ${label}`,
    inputs: { ...inputsOf(packed), bias: numbers(biasShape, 7) },
    constants: { segmentIds: integers([2, 6], packedSegments.query) },
    run: ({ query, key, value, bias, segmentIds }) =>
      attention({
        query: query!,
        key: key!,
        value: value!,
        bias: bias!,
        segmentIds: { query: segmentIds!, key: segmentIds! },
        sees: 'bidirectional',
      }),
    composed: ({ query, key, value, bias }) => {
      const { query: ids } = packedSegments;
      const mask = maskOf(packed, (b, q, k) => ids[b * 6 + q] === ids[b * 6 + k]);
      return plain({ query: query!, key: key!, value: value! }, mask, bias!);
    },
  });
}

for (const window of [undefined, 70]) {
  cases.push({
    name: `attention with a bias in several blocks, window ${window ?? 'none'}`,
    inputs: { ...inputsOf(severalBlocks), bias: numbers([1, 2, 300, 300], 7) },
    constants: { segmentIds: integers([2, 300], documents) },
    differences: false,
    run: ({ query, key, value, bias, segmentIds }) =>
      attention({
        query: query!,
        key: key!,
        value: value!,
        bias: bias!,
        segmentIds: { query: segmentIds!, key: segmentIds! },
        sees: 'causal',
        window,
      }),
    composed: ({ query, key, value, bias }) => {
      const mask = maskOf(severalBlocks, (b, q, k) => {
        const isSameSegment = documents[b * 300 + q] === documents[b * 300 + k];
        return isSameSegment && k <= q && k > q - (window ?? Infinity);
      });
      return plain({ query: query!, key: key!, value: value! }, mask, bias!);
    },
  });
}

cases.push({
  name: 'attention with a soft cap, a bias, a scale and values of another width',
  inputs: {
    ...inputsOf(packed, 6),
    value: numbers([2, 6, 2, 5], 3),
    bias: numbers([1, 4, 6, 6], 7),
  },
  run: ({ query, key, value, bias }) =>
    attention({
      query: query!,
      key: key!,
      value: value!,
      bias: bias!,
      sees: 'causal',
      softCap: 2,
      scale: 0.7,
    }),
  composed: ({ query, key, value, bias }) => {
    const { q, k, v } = byHeads(query!, key!, value!);
    const scores = tf.mul(tf.matMul(q, k, false, true), 0.7);
    const capped = tf.mul(tf.tanh(tf.div(scores, 2)), 2);
    const mask = maskOf(packed, (_, q, k) => k <= q);
    const p = tf.softmax(tf.add(tf.add(capped, bias!), mask));
    return tf.transpose(tf.matMul(p, v), [0, 2, 1, 3]);
  },
});

testKernel(cases);

for (const name of DEVICES) {
  test(`on ${name} a query without any visible key gets zeros and gives none of its gradient`, async () => {
    const device = await openDevice(name);
    const step = device.jit('step', ({ query, key, value, ofQuery, ofKey }) => {
      const { outputs, gradients } = valueAndGradients(
        (p) => {
          const y = attention({
            query: p['query']!,
            key: p['key']!,
            value: p['value']!,
            segmentIds: { query: ofQuery!, key: ofKey! },
            sees: 'cross',
          });
          return { loss: tf.sum<tf.Scalar>(y), y };
        },
        { query: query!, key: key!, value: value! },
      );
      return { y: outputs.y, dQuery: gradients['query']!, dValue: gradients['value']! };
    });
    const shape = { batch: 1, heads: 1, kvHeads: 1, tokens: 2, keys: 2, headDim: 2 };
    const out = await step({
      ...inputsOf(shape),
      ofQuery: integers([1, 2], [0, 1]),
      ofKey: integers([1, 2], [1, 2]),
    });
    const read = async (of: string) => Array.from((await device.read(out[of]!)).data);
    expect((await read('y')).slice(0, 2)).toEqual([0, 0]);
    expect(await read('dQuery')).toEqual([0, 0, 0, 0]);
    expect(await read('dValue')).toEqual([1, 1, 0, 0]);
    await device.close();
  });
}

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
            segmentIds: segmentIds && { query: segmentIds, key: segmentIds },
            sees: 'causal',
          });
          return { loss: tf.sum<tf.Scalar>(tf.slice(y, [0, 0, 0, 0], [1, 140, 2, 4])) };
        },
        { query: query!, key: key!, value: value! },
      );
      return gradients;
    });
    // the first row's loss is over its first 140 tokens, two documents: all after them is hidden from it
    const segmentIds = by === 'order alone' ? {} : { segmentIds: integers([2, 300], documents) };
    const gradients = await step({ ...inputsOf(severalBlocks), ...segmentIds });
    for (const name of ['key', 'value']) {
      const { data } = await device.read(gradients[name]!);
      expect(data.subarray(0, 140 * 4).every((value) => value !== 0)).toBe(true);
      expect(data.subarray(140 * 4).every((value) => value === 0)).toBe(true);
    }
    await device.close();
  },
);

test.each([
  // Blocks of 60 queries: those from 180 on belong to documents 4 and 5.
  { name: 'documents that their block does not touch', segments: documents, from: 180 },
  // Blocks of 60 queries see the 20 keys before their first.
  { name: 'keys before the window', window: 20, from: 60 },
  { name: 'documents before theirs, in both directions', segments: documents, sees: 'bidirectional', from: 180 }, // prettier-ignore
  { name: 'documents of another sequence', segments: documents, sees: 'cross', from: 180 },
] as const)('queries compute nothing with $name', async (one) => {
  const { segments, window, sees = 'causal', from } = { segments: undefined, window: undefined, ...one }; // prettier-ignore
  const device = await openDevice('cpu');
  const f = device.jit('attention', ({ query, key, value, segmentIds }) => ({
    y: attention({
      query: query!,
      key: key!,
      value: value!,
      segmentIds: segmentIds && { query: segmentIds, key: segmentIds },
      sees,
      window,
    }),
  }));
  const inputs = inputsOf({ ...severalBlocks, batch: 1 });
  inputs.key.data[0] = NaN; // a product with it, even a masked one, is NaN
  const feeds = segments && { segmentIds: integers([1, 300], segments.slice(0, 300)) };
  const { y } = await f({ ...inputs, ...feeds });
  const { data } = await device.read(y!);
  const after = (query: number) => data.subarray(query * 2 * 4);
  expect(after(from).every(Number.isFinite)).toBe(true);
  expect(after(0).every(Number.isFinite)).toBe(false);
  await device.close();
});

test('in both directions queries compute nothing with documents after theirs', async () => {
  const device = await openDevice('cpu');
  const f = device.jit('attention', ({ query, key, value, segmentIds }) => ({
    y: attention({
      query: query!,
      key: key!,
      value: value!,
      segmentIds: { query: segmentIds!, key: segmentIds! },
      sees: 'bidirectional',
    }),
  }));
  const inputs = inputsOf({ ...severalBlocks, batch: 1 });
  inputs.key.data[299 * 4] = NaN;
  const { y } = await f({ ...inputs, segmentIds: integers([1, 300], documents.slice(0, 300)) });
  const { data } = await device.read(y!);
  // Blocks of 60: queries up to 120 belong to documents 1 and 2, those up to 180 also to 3 and 4.
  expect(data.subarray(0, 180 * 2 * 4).every(Number.isFinite)).toBe(true);
  expect(data.subarray(240 * 2 * 4).every(Number.isFinite)).toBe(false);
  await device.close();
});

const tensor = (heads: number, tokens = 2) => tf.zeros([1, tokens, heads, 4]);

test('refuses query heads that the key heads do not divide', () => {
  expect(() =>
    attention({ query: tensor(3), key: tensor(2), value: tensor(2), sees: 'causal' }),
  ).toThrow(/heads is 3; accepted: a multiple of the key heads, 2/);
});

test('refuses a window where there is no order', () => {
  const one = tensor(1);
  expect(() =>
    attention({ query: one, key: one, value: one, sees: 'bidirectional', window: 4 }),
  ).toThrow(/window is 4; accepted: an integer of at least 1, and causal attention/);
});

test('refuses fewer keys than tokens where their places are their order', () => {
  const one = tensor(1, 1);
  expect(() => attention({ query: tensor(1), key: one, value: one, sees: 'causal' })).toThrow(
    /keys is 1; accepted: at least as many as the 2 tokens/,
  );
});

test('refuses a bias of other heads', () => {
  const one = tensor(2);
  const bias = tf.zeros([1, 3, 2, 2]);
  expect(() => attention({ query: one, key: one, value: one, sees: 'causal', bias })).toThrow(
    /bias is \[1,3,2,2\]; accepted: \[1, heads = 2, tokens = 2, keys = 2\]/,
  );
});

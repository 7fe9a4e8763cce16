import { expect, test } from 'vitest';
import { tf } from '@tunesmith/runtime';
import { openDevice } from '@tunesmith/runtime/node';
import { attention } from '../attention/index.ts';
import { DEVICES, integers, numbers, testKernel } from '../test-support/kernel-cases.ts';
import type { KernelCase } from '../test-support/kernel-cases.ts';
import { cachedAttention, type CachedAttentionInputs } from './index.ts';

/** Two heads share a key head of 8 numbers; caches have room for 12 tokens. */
const sizes = { heads: 4, kvHeads: 2, headDim: 8, capacity: 12 };

/**
 * Each row against attention over its own tokens alone; what is computed of padding is left out on both sides. With `lone` the last
 * token of each row alone asks.
 */
function cached(
  name: string,
  filled: readonly number[],
  tokens: number,
  {
    headDim = sizes.headDim,
    begins,
    lone = false,
    ...options
  }: Pick<CachedAttentionInputs, 'window' | 'softCap' | 'scale'> & {
    headDim?: number;
    begins?: boolean;
    lone?: boolean;
  } = {},
): KernelCase {
  const batch = filled.length;
  const { heads, kvHeads, capacity } = sizes;
  const own = filled.map((count) => Math.min(tokens, count));
  const asking = lone ? own.map(() => 1) : own;
  const counted = (y: tf.Tensor): tf.Tensor =>
    tf.concat(asking.map((count, row) => tf.slice(y, [row, 0, 0, 0], [1, count, heads, headDim])), 1); // prettier-ignore
  const past = [batch, kvHeads, capacity, headDim];
  return {
    name: `cached attention, ${name}`,
    inputs: {},
    constants: {
      query: numbers([batch, lone ? 1 : tokens, heads, headDim], 1, 2),
      key: numbers([batch, tokens, kvHeads, headDim], 2, 2),
      value: numbers([batch, tokens, kvHeads, headDim], 3),
      pastKey: numbers(past, 4, 2),
      pastValue: numbers(past, 5),
      filled: integers([batch], filled),
      ...(lone
        ? { wanted: integers([batch], own.map((count, row) => row * tokens + count - 1)) } // prettier-ignore
        : {}),
      ...(begins === undefined
        ? {}
        : { begins: { dtype: 'bool', shape: [1], data: Uint8Array.of(begins ? 1 : 0) } }),
    },
    run: (x) =>
      counted(cachedAttention({ ...(x as unknown as CachedAttentionInputs), ...options })),
    composed: ({ query, key, value, pastKey, pastValue }) => {
      const rows = filled.map((count, row) => {
        const begun = count - own[row]!;
        const new_ = (x: tf.Tensor): tf.Tensor =>
          tf.slice(x, [row, 0, 0, 0], [1, own[row]!, x.shape[2]!, headDim]);
        const all = (before: tf.Tensor, x: tf.Tensor): tf.Tensor => {
          const seen = tf.slice(before, [row, 0, 0, 0], [1, kvHeads, begun, headDim]);
          return tf.concat([tf.transpose(seen, [0, 2, 1, 3]), new_(x)], 1);
        };
        const of = {
          query: tf.slice(query!, [row, 0, 0, 0], [1, asking[row]!, heads, headDim]),
          key: all(pastKey!, key!),
          value: all(pastValue!, value!),
        };
        return attention({ ...of, sees: 'causal', ...options });
      });
      return tf.concat(rows, 1);
    },
  };
}

testKernel([
  cached('a token of each of three rows', [6, 1, 12], 1),
  cached('prompts of unequal length', [5, 3], 5),
  cached('a row that goes on with four tokens', [9], 4),
  cached('a row that begins', [11], 11, { begins: true }),
  cached('a row that begins with a window', [12], 12, { begins: true, window: 4 }),
  cached('a row that does not begin', [11], 3, { begins: false }),
  cached('the last token of each of two prompts', [5, 3], 5, { lone: true }),
  cached('the last token of a row that begins', [11], 11, { lone: true, begins: true }),
  cached('the last token of a row that goes on, in a window', [9], 4, { lone: true, window: 3 }),
  cached('the last token of heads of 5 numbers', [11], 11, {
    lone: true,
    begins: true,
    headDim: 5,
  }),
  cached('a window', [6, 3, 12], 1, { window: 3 }),
  cached('a window over prompts', [7, 5], 7, { window: 2 }),
  cached('heads of 5 numbers', [6, 2], 1, { headDim: 5 }),
  cached('capped scores times a number', [6, 2], 1, { softCap: 3, scale: 0.5 }),
]);

for (const name of DEVICES)
  test(`cached attention refuses caches of other heads on ${name}`, async () => {
    const device = await openDevice(name);
    const run = device.jit('refused', (x) => ({
      y: cachedAttention(x as unknown as CachedAttentionInputs),
    }));
    const { constants } = cached('refused', [2], 1);
    const pastKey = numbers([1, 3, 12, 8], 6);
    await expect(run({ ...constants, pastKey })).rejects.toThrow(/pastKey is \[1,3,12,8\]/);
    await device.close();
  });

import { tf, type TensorMap } from '@tunesmith/runtime';
import { headLogits } from '../forward/head.ts';
import { finiteLogits } from '../language-model/finite-logits.ts';
import { input, inputLength, type BoundModel, type BoundScope } from '../language-model/bound.ts';
import { bucketLength, powerOfTwo } from '../language-model/buckets.ts';
import {
  createLayout,
  firstPosition,
  layoutFeeds,
  placeDocument,
  type Layout,
} from '../language-model/layout.ts';
import type { PastLayer } from '../model.ts';
import { createCachePool, type KeyValueCache } from './cache.ts';

/** A text being written: gives the logits of the next token, token after token. */
export interface DecodingState {
  /** Logits of the token after the prompt, `[vocabulary]`. */
  readonly first: Float32Array;
  /** Appends a token and gives the logits of the one after it. */
  next(id: number): Promise<Float32Array>;
  /** Gives the memory back. */
  close(): void;
}

/** Starts texts from prompts. */
export type StartDecoding = (
  prompt: readonly number[],
  newTokens: number,
) => Promise<DecodingState>;

const smallestCache = 64;

/** Logits at the one position `input:last`, and the call's keys and values. */
function stepOutputs(
  bound: BoundModel,
  scope: BoundScope,
  past: readonly PastLayer[] | undefined,
): TensorMap {
  const { spec } = bound.model;
  const { hidden, present } = scope.forward({
    keepPresent: true,
    ...(past ? { past: { segmentIds: input(scope.tensors, 'past'), layers: past } } : {}),
  });
  const last = tf.gather(tf.reshape(hidden, [-1, spec.width]), input(scope.tensors, 'last'));
  const outputs: TensorMap = { logits: headLogits(spec, scope.tensors, last, scope.hooks) };
  present!.forEach(({ key, value }, layer) => {
    outputs[`present:${layer}:key`] = key;
    outputs[`present:${layer}:value`] = value;
  });
  return outputs;
}

/**
 * Decoding with a cache of keys and values. Two functions are compiled: one reads a prompt (padded to a bucket length),
 * one reads a token after a cache (of a power-of-two capacity).
 */
export function createDecoder(bound: BoundModel): StartDecoding {
  const { spec } = bound.model;
  const pool = createCachePool(bound);
  const prefill = bound.compile('prefill', (scope) => stepOutputs(bound, scope, undefined));
  const decode = bound.compile('decode', (scope) => {
    const layers = Array.from({ length: spec.layers }, (_, layer) => ({
      key: scope.tensors[`past:${layer}:key`]!,
      value: scope.tensors[`past:${layer}:value`]!,
    }));
    return stepOutputs(bound, scope, layers);
  });

  const step = async (
    cache: KeyValueCache,
    layout: Layout,
    used: number,
  ): Promise<Float32Array> => {
    const feeds = {
      ...layoutFeeds(layout, bound.virtual),
      'input:last': { dtype: 'int32', shape: [1], data: Int32Array.of(used - 1) } as const,
    };
    const outputs =
      cache.filled === 0 ? await prefill(feeds) : await decode({ ...feeds, ...cache.feeds() });
    await cache.append(outputs, used);
    const { data } = await bound.device.read(outputs['logits']!);
    for (const output of Object.values(outputs)) output.dispose();
    return finiteLogits(data as Float32Array);
  };

  return async (prompt, newTokens) => {
    const used = inputLength(bound, prompt.length);
    // The last token written is never read again.
    const cache = pool.take(powerOfTwo(used + newTokens - 1, smallestCache));
    const layout = createLayout(1, bucketLength(used));
    placeDocument(layout, 0, prompt, 1, bound.virtual);
    return {
      first: await step(cache, layout, used),
      next(id) {
        const token = createLayout(1, 1);
        token.ids[0] = id;
        token.segmentIds[0] = 1;
        token.positions[0] = firstPosition(bound.virtual) + cache.filled;
        return step(cache, token, 1);
      },
      close: () => pool.giveBack(cache),
    };
  };
}

import { TunesmithError } from '@tunesmith/schema';
import { notFilled } from '../forward/attend-filled.ts';
import type { BoundModel } from '../language-model/bound.ts';
import { createColumnDecoder } from './column-decoder.ts';
import { cacheCapacity, type StartDecoding } from './decoding-group.ts';
import { createFilledDecoder } from './filled-decoder.ts';
import type { PrefixCache } from './prefix-cache.ts';
import { ringsBeside } from './rings.ts';

/** Codes of errors that say that one graph for all lengths is not to be had. */
const oneGraphNotHad: readonly string[] = [notFilled, 'lengths-matter'];

/**
 * Decoding with a cache of keys and values, several texts at a time. In main memory one graph reads prompts and tokens of any
 * number of texts, and the caches stay where they lie; models that this cannot express, and other devices, have a graph for
 * each capacity, which gives the whole cache back.
 *
 * @param prefixes keeps beginnings of prompts, which are then not read again
 */
export function createDecoder(bound: BoundModel, prefixes?: PrefixCache): StartDecoding {
  const { spec } = bound.model;
  const byColumns = createColumnDecoder(bound, prefixes);
  const isPlain =
    spec.kind === 'decoder' &&
    spec.originalPositions === undefined &&
    bound.virtual.place === 'input' &&
    !bound.readsRecords;
  let filled = bound.device.opensAxes && isPlain ? createFilledDecoder(bound, prefixes) : undefined;
  return async (prompts, newTokens, options) => {
    const longest = Math.max(...prompts.map(({ length }) => length));
    const hasRings = ringsBeside(spec.caches, cacheCapacity(bound, longest, newTokens)).length > 0;
    if (!filled || hasRings) return byColumns(prompts, newTokens, options);
    try {
      return await filled(prompts, newTokens, options);
    } catch (error) {
      if (!TunesmithError.is(error) || !oneGraphNotHad.includes(error.code)) throw error;
      filled = undefined;
      return byColumns(prompts, newTokens, options);
    }
  };
}

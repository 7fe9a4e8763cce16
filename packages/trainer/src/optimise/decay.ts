import { tf } from '@tunesmith/runtime';
import { mapTensors } from './optimizer.ts';
import type { Transform } from './optimizer.ts';

/**
 * Adds `rate · p` to the update of every parameter. After Adam it is decoupled decay (Loshchilov and Hutter 2019: with
 * the closing `p ← p − learningRate · update` it equals torch's `p ← p·(1 − learningRate·rate)`); before momentum it is
 * the L2 penalty of torch's SGD.
 *
 * @param rate 0 adds nothing
 * @param exclude parameters that do not decay: names, or endings of names after a dot
 */
export function decayWeights(rate: number, exclude: readonly string[] = []): Transform {
  const excluded = (name: string): boolean =>
    exclude.some((ending) => name === ending || name.endsWith(`.${ending}`));
  return {
    update(updates, { parameters }) {
      if (rate === 0) return { updates, state: {} };
      const decayed = mapTensors(updates, (update, name) =>
        excluded(name) ? update : tf.add(update, tf.mul(parameters[name]!, rate)),
      );
      return { updates: decayed, state: {} };
    },
  };
}

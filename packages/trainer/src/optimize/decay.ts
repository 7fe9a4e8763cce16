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
  return {
    update(updates, { parameters }) {
      if (rate === 0) return { updates, state: {} };
      const decayed = mapTensors(updates, (update, name) =>
        isNamed(name, exclude) ? update : tf.add(update, tf.mul(parameters[name]!, rate)),
      );
      return { updates: decayed, state: {} };
    },
  };
}

/** Whether a name is one of `endings`, or ends in one after a dot. */
export function isNamed(name: string, endings: readonly string[]): boolean {
  return endings.some((ending) => name === ending || name.endsWith(`.${ending}`));
}

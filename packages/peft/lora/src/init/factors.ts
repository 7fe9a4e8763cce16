import type { LinearSite } from '@tunesmith/models';
import type { Init } from '@tunesmith/peft';
import { weightMatrix, type Matrix } from '../linear-algebra/matrix.ts';

/** A `[r, in]` and B `[out, r]`. */
export interface Factors {
  readonly a: Matrix;
  readonly b: Matrix;
}

/**
 * Starts of A and B that follow from the weight. They are worked out together, once for all that asks for them.
 *
 * @param decompose takes the weight as `[out, in]`
 */
export function factorStarts(
  site: LinearSite,
  decompose: (weight: Matrix) => Factors,
): { a: Init; b: Init } {
  let found: Factors | undefined;
  const start = (which: 'a' | 'b'): Init => ({
    kind: 'computed',
    of: [site.weight],
    compute({ base }) {
      found ??= decompose(weightMatrix(site, base(site.weight)));
      return Float32Array.from(found[which].data);
    },
  });
  return { a: start('a'), b: start('b') };
}

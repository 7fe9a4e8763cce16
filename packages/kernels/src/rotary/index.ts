import type { tf } from '@tunesmith/runtime';
import { kernelTable } from '../kernel-table.ts';
import { withOwnGradient } from '../own-gradient.ts';
import { checkArgument, checkShape } from '../shapes.ts';
import * as graph from './graph.ts';
import * as reference from './reference.ts';
import { rotaryTable } from './table.ts';

const use = kernelTable({ eager: reference, graph });

/** Which dimensions of a head are rotated together. */
export type RotaryPairs = 'halves' | 'adjacent';

/** The angles of a rotary embedding. */
export interface RotaryOptions {
  /**
   * Angle per position of each rotated pair, `[rotated / 2]`. Fewer than `headDim / 2` rotate the head's
   * front only.
   */
  readonly inverseFrequencies: Float32Array;
  /** Multiplies cos and sin (YaRN's attention factor); 1 if absent. */
  readonly scale?: number | undefined;
  /**
   * Which dimensions are rotated together: `halves` i with i + rotated / 2 (Hugging Face's usual order, if absent), `adjacent` 2i
   * with 2i + 1 (GPT-J, Cohere).
   */
  readonly pairs?: RotaryPairs | undefined;
  /** Positions lie in `[0, maximumPosition)`. */
  readonly maximumPosition: number;
}

/**
 * Rotary position embedding: pairs of dimensions are rotated by an angle that grows with the position.
 *
 * For a pair `(x₁, x₂)`: `y₁ = x₁ cos θ − x₂ sin θ`, `y₂ = x₂ cos θ + x₁ sin θ`, `θ = position · inverseFrequency`. The gradient
 * is the rotation by −θ, and keeps nothing but the positions.
 *
 * @param x `[batch, tokens, heads, headDim]`
 * @param positions `[batch, tokens]` int32, each in `[0, maximumPosition)`
 * @returns `[batch, tokens, heads, headDim]`
 * @throws TunesmithError `invalid-shape`, `invalid-argument`
 * @see Su et al., RoFormer: Enhanced Transformer with Rotary Position Embedding, 2021
 */
export function rotary(x: tf.Tensor, positions: tf.Tensor, options: RotaryOptions): tf.Tensor {
  const dimensions = checkShape('rotary', 'x', x, ['batch', 'tokens', 'heads', 'headDim']);
  checkShape('rotary', 'positions', positions, ['batch', 'tokens'], dimensions);
  checkArgument(
    'rotary',
    options.inverseFrequencies.length * 2 <= (dimensions['headDim'] as number),
    {
      name: 'inverseFrequencies.length',
      value: options.inverseFrequencies.length,
      accepted: `at most headDim / 2 = ${(dimensions['headDim'] as number) / 2}`,
    },
  );
  const table = rotaryTable(options);
  const { pairs = 'halves' } = options;
  const [y] = withOwnGradient({
    inputs: { x },
    forward: (save) => {
      save([positions]);
      return [use().rotate(x, positions, { ...table, pairs }, 1)];
    },
    gradient: ([dy], [positions]) => ({
      x: () => use().rotate(dy!, positions!, { ...table, pairs }, -1),
    }),
  });
  return y!;
}

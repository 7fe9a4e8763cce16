import { tf } from '@tunesmith/runtime';
import type { TensorMap } from '@tunesmith/runtime';
import type { Transform } from './optimizer.ts';

/**
 * Adam's direction (Kingma and Ba 2015), torch's arithmetic:
 *
 * ```text
 * m ← β₁m + (1−β₁)g      v ← β₂v + (1−β₂)g²      update = (m / (1−β₁ᵗ)) / (√v / √(1−β₂ᵗ) + ε)
 * ```
 *
 * The bias corrections are computed on the host in double precision. State: `adam.m/<name>`, `adam.v/<name>`, each of
 * the parameter's shape.
 *
 * @param options its constants
 * @param options.betas β₁ and β₂, each in [0, 1)
 * @param options.epsilon ε > 0
 */
export function scaleByAdam({
  betas: [beta1, beta2],
  epsilon,
}: {
  betas: readonly [number, number];
  epsilon: number;
}): Transform {
  return {
    state: (parameters) =>
      Object.fromEntries(
        Object.entries(parameters).flatMap(([name, { shape }]) => [
          [`adam.m/${name}`, { shape, dtype: 'float32' as const }],
          [`adam.v/${name}`, { shape, dtype: 'float32' as const }],
        ]),
      ),
    scalars(step) {
      const correction1 = 1 - beta1 ** step;
      // m/c₁ / (√v/√c₂ + ε) = m / (√v · c₁/√c₂ + ε·c₁): one product fewer for every tensor
      return {
        'adam.root': correction1 / Math.sqrt(1 - beta2 ** step),
        'adam.epsilon': epsilon * correction1,
      };
    },
    update(updates, { state, scalars }) {
      const next: TensorMap = {};
      const directions: TensorMap = {};
      for (const [name, gradient] of Object.entries(updates)) {
        const m = tf.add(tf.mul(state[`adam.m/${name}`]!, beta1), tf.mul(gradient, 1 - beta1));
        const v = tf.add(
          tf.mul(state[`adam.v/${name}`]!, beta2),
          tf.mul(tf.square(gradient), 1 - beta2),
        );
        next[`adam.m/${name}`] = m;
        next[`adam.v/${name}`] = v;
        directions[name] = tf.div(
          m,
          tf.add(tf.mul(tf.sqrt(v), scalars['adam.root']!), scalars['adam.epsilon']!),
        );
      }
      return { updates: directions, state: next };
    },
  };
}

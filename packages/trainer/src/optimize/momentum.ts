import { tf } from '@tunesmith/runtime';
import type { TensorMap } from '@tunesmith/runtime';
import type { Transform } from './optimizer.ts';

/**
 * Momentum as in torch's SGD: `b ← μb + g`, update `b`, or `g + μb` with Nesterov's look-ahead. State: `momentum/<name>`.
 *
 * @param options its constant
 * @param options.momentum μ in [0, 1); 0 keeps no state
 */
export function scaleByMomentum({
  momentum,
  nesterov = false,
}: {
  momentum: number;
  nesterov?: boolean;
}): Transform {
  if (momentum === 0) return { update: (updates) => ({ updates, state: {} }) };
  return {
    state: (parameters) =>
      Object.fromEntries(
        Object.entries(parameters).map(([name, { shape }]) => [
          `momentum/${name}`,
          { shape, dtype: 'float32' as const },
        ]),
      ),
    update(updates, { state }) {
      const next: TensorMap = {};
      const directions: TensorMap = {};
      for (const [name, gradient] of Object.entries(updates)) {
        const buffer = tf.add(tf.mul(state[`momentum/${name}`]!, momentum), gradient);
        next[`momentum/${name}`] = buffer;
        directions[name] = nesterov ? tf.add(gradient, tf.mul(buffer, momentum)) : buffer;
      }
      return { updates: directions, state: next };
    },
  };
}

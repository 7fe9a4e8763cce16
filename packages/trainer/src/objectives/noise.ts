import { tf } from '@tunesmith/runtime';
import { randomUniform } from '@tunesmith/kernels';
import type { Hooks } from '@tunesmith/models';

/** NEFTune's stream of the step's seed, apart from the streams that dropout numbers from 0. */
const NOISE_STREAM = 0x4e454654;

/**
 * NEFTune (Jain et al. 2023): adds uniform noise `U(−1, 1) · alpha / √(L·width)` to the embedded input, L being the
 * document's own length; nothing on padding and virtual tokens.
 *
 * In an encoder-decoder the input is the encoder's: what the decoder embeds stays as it is.
 *
 * @param hooks what already acts on the embedding; the noise comes after it
 * @param amplitude `[batch, tokens]`, `alpha / √(L·width)` per position
 * @param seed int32 scalar that changes every step
 */
export function withNoise(hooks: Hooks, amplitude: tf.Tensor, seed: tf.Tensor): Hooks {
  return {
    ...hooks,
    embed(site, embedded, ids) {
      const input = hooks.embed?.(site, embedded, ids) ?? embedded;
      if (site.stack === 'decoder') return input;
      const uniform = randomUniform(input.shape, seed, NOISE_STREAM);
      const noise = tf.mul(tf.sub(tf.mul(uniform, 2), 1), tf.expandDims(amplitude, -1));
      return tf.add(input, noise);
    },
  };
}

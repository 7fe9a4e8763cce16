import type { ConfigurationReader } from './reader.ts';

/** How positions turn the heads of a model. */
export interface RotarySettings {
  /** Angle per position of each pair of dimensions, `[headDim / 2]`. */
  readonly inverseFrequencies: Float32Array;
  /** Multiplies cosines and sines (YaRN's attention factor); 1 elsewhere. */
  readonly scale: number;
  /** Longest sequence, where the scaling decides it. */
  readonly maximumPositions?: number;
}

/** θ^(−2i/d) for i < d/2: the frequencies of Su et al., "RoFormer" (2021). */
function plainFrequencies(theta: number, headDim: number): number[] {
  return Array.from({ length: headDim / 2 }, (_, i) => theta ** ((-2 * i) / headDim));
}

/**
 * Llama 3's scaling: wavelengths above `original / low` are divided by `factor`, those below `original / high` are kept,
 * and those between are blended linearly in the wave number.
 */
function llama3Frequencies(
  frequencies: number[],
  rope: ConfigurationReader,
  maximumPositions: number,
): number[] {
  const factor = rope.positive('factor');
  const low = rope.positive('low_freq_factor');
  const high = rope.positive('high_freq_factor');
  const original = rope.integer('original_max_position_embeddings', {
    fallback: maximumPositions,
  });
  return frequencies.map((frequency) => {
    const wavelength = (2 * Math.PI) / frequency;
    if (wavelength > original / low) return frequency / factor;
    if (wavelength < original / high) return frequency;
    const kept = (original / wavelength - low) / (high - low);
    return (1 - kept) * (frequency / factor) + kept * frequency;
  });
}

/**
 * YaRN (Peng et al., 2023): frequencies that turn more than `beta_fast` times over the original context are kept, those
 * that turn less than `beta_slow` times are divided by `factor`, with a linear ramp over the dimensions between.
 */
function yarnFrequencies(
  theta: number,
  headDim: number,
  rope: ConfigurationReader,
  original: number,
): { frequencies: number[]; scale: number } {
  const factor = rope.positive('factor');
  /** The dimension pair that makes `turns` rotations over the original context. */
  const pairOf = (turns: number): number =>
    (headDim * Math.log(original / (turns * 2 * Math.PI))) / (2 * Math.log(theta));
  let low = pairOf(rope.positive('beta_fast', 32));
  let high = pairOf(rope.positive('beta_slow', 1));
  if (rope.boolean('truncate', true)) [low, high] = [Math.floor(low), Math.ceil(high)];
  low = Math.max(low, 0);
  high = Math.min(high, headDim - 1);
  if (low === high) high += 0.001;
  const frequencies = plainFrequencies(theta, headDim).map((frequency, i) => {
    const stretched = Math.min(1, Math.max(0, (i - low) / (high - low)));
    return stretched * (frequency / factor) + (1 - stretched) * frequency;
  });

  const growth = (weight: number): number =>
    factor <= 1 ? 1 : 0.1 * weight * Math.log(factor) + 1;
  const scale = rope.has('attention_factor')
    ? rope.positive('attention_factor')
    : rope.raw('mscale') && rope.raw('mscale_all_dim')
      ? growth(rope.positive('mscale')) / growth(rope.positive('mscale_all_dim'))
      : growth(1);
  return { frequencies, scale };
}

/**
 * Reads the rotary embedding's settings: the keys `rope_theta` and `rope_scaling`, or the newer `rope_parameters`. Where
 * both stand side by side, they are read as in transformers 5: `rope_scaling`, if it says anything, takes the place of all
 * of `rope_parameters`; a `rope_theta` inside the one that is read comes before the one outside.
 *
 * Types: `default`, `linear`, `dynamic` (whose frequencies differ from the default only beyond
 * `max_position_embeddings`, which therefore bounds the sequence), `llama3`, `yarn`. Others are refused.
 *
 * @throws `unsupported-configuration` naming the key
 */
export function readRotary(
  configuration: ConfigurationReader,
  headDim: number,
  maximumPositions: number,
): RotarySettings {
  const older = configuration.object('rope_scaling');
  const parameters = configuration.object('rope_parameters');
  const isOlder = older !== undefined && older.keys().length > 0;
  const scaling = isOlder ? older : parameters;
  const theta = scaling?.has('rope_theta')
    ? scaling.positive('rope_theta')
    : configuration.positive('rope_theta', 10000);
  if (scaling?.has('partial_rotary_factor') && scaling.raw('partial_rotary_factor') !== 1) {
    scaling.refuse('partial_rotary_factor', 'absent or 1');
  }

  const accepted = ['default', 'linear', 'dynamic', 'llama3', 'yarn'] as const;
  const typeKey = scaling?.has('rope_type') || !scaling?.has('type') ? 'rope_type' : 'type';
  const type = scaling?.choice(typeKey, accepted, isOlder ? undefined : 'default') ?? 'default';
  const plain = plainFrequencies(theta, headDim);
  const settings = (frequencies: number[], scale = 1): RotarySettings => ({
    inverseFrequencies: Float32Array.from(frequencies),
    scale,
  });
  if (scaling === undefined) return settings(plain);
  switch (type) {
    case 'default':
      return settings(plain);
    case 'dynamic':
      scaling.positive('factor');
      return settings(plain);
    case 'linear': {
      const factor = scaling.positive('factor');
      return settings(plain.map((frequency) => frequency / factor));
    }
    case 'llama3':
      return settings(llama3Frequencies(plain, scaling, maximumPositions));
    case 'yarn': {
      const original = scaling.integer('original_max_position_embeddings', {
        fallback: maximumPositions,
      });
      const { frequencies, scale } = yarnFrequencies(theta, headDim, scaling, original);
      const reach = Math.round(original * scaling.positive('factor'));
      return {
        ...settings(frequencies, scale),
        maximumPositions: Math.max(maximumPositions, reach),
      };
    }
  }
}

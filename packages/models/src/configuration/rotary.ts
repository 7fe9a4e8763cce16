import type { RotaryPairs } from '@tunesmith/kernels';
import type { ConfigurationReader } from './reader.ts';

/** How positions turn the heads of a model. */
export interface RotarySettings {
  /** Angle per position of each pair of dimensions, `[rotated / 2]`; the head's other dimensions are not rotated. */
  readonly inverseFrequencies: Float32Array;
  /** Multiplies cosines and sines (YaRN's attention factor); 1 elsewhere. */
  readonly scale: number;
  /** Which dimensions are rotated together; i with i + rotated / 2 if absent. */
  readonly pairs?: RotaryPairs;
  /** Frequencies of a batch that reaches a position of at least `from` (LongRoPE). */
  readonly long?: { readonly inverseFrequencies: Float32Array; readonly from: number };
  /** Longest sequence, where the scaling decides it. */
  readonly maximumPositions?: number;
}

/** What a family says of its rotary embedding. */
export interface RotaryDescription {
  readonly headDim: number;
  readonly maximumPositions: number;
  /** The configuration may have settings for each type of layer, under this name (`full_attention`). */
  readonly layerType?: string;
  /** Base of the frequencies where the configuration has none; 10000 by default. */
  readonly theta?: number;
  /** `original_max_position_embeddings` outside the settings, where the configuration has none and the family does. */
  readonly original?: number;
  /** Other names of the type `longrope`; `su` by default. */
  readonly longNames?: readonly string[];
  /** Share of the head that is rotated where the configuration says none; absent: a share other than 1 is refused. */
  readonly partial?: number;
}

/** θ^(−2i/d) for i < d/2: the frequencies of Su et al., "RoFormer" (2021). */
function plainFrequencies(theta: number, headDim: number): number[] {
  return Array.from({ length: Math.ceil(headDim / 2) }, (_, i) => theta ** ((-2 * i) / headDim));
}

/**
 * Llama 3's scaling: wavelengths above `original / low` are divided by `factor`, those below `original / high` are kept,
 * and those between are blended linearly in the wave number.
 */
function llama3Frequencies(
  frequencies: number[],
  rope: ConfigurationReader,
  original: number,
): number[] {
  const factor = rope.positive('factor');
  const low = rope.positive('low_freq_factor');
  const high = rope.positive('high_freq_factor');
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
 * LongRoPE (Ding et al., 2024): each frequency is divided by a factor of its own, from one list up to the original context and
 * from another beyond it.
 */
function longSettings(
  theta: number,
  rotated: number,
  rope: ConfigurationReader,
  { original, maximumPositions }: { original: number; maximumPositions: number },
): RotarySettings {
  const divided = (key: string): Float32Array => {
    const factors = rope.raw(key);
    const isList = Array.isArray(factors) && factors.length === rotated / 2;
    if (!isList || !factors.every((factor) => typeof factor === 'number' && factor > 0))
      return rope.refuse(key, `${rotated / 2} numbers above 0`);
    return Float32Array.from(
      plainFrequencies(theta, rotated),
      (one, i) => one / (factors[i] as number),
    );
  };
  const factor = rope.has('factor') ? rope.positive('factor') : maximumPositions / original;
  const usual = factor <= 1 ? 1 : Math.sqrt(1 + Math.log(factor) / Math.log(original));
  return {
    inverseFrequencies: divided('short_factor'),
    scale: rope.positive('attention_factor', usual),
    long: { inverseFrequencies: divided('long_factor'), from: original },
  };
}

const ropeTypes = [
  'default',
  'linear',
  'dynamic',
  'llama3',
  'yarn',
  'longrope',
  'proportional',
] as const;

/**
 * Reads the rotary embedding's settings: the keys `rope_theta` and `rope_scaling`, or the newer `rope_parameters`, for all
 * layers or for each type of layer. Where both stand side by side, they are read as in transformers 5: `rope_scaling`, if it
 * says anything, takes the place of all of `rope_parameters`; a key inside the one that is read comes before the one outside.
 *
 * Types: `default`, `linear`, `dynamic` (whose frequencies differ from the default only beyond `max_position_embeddings`, which
 * therefore bounds the sequence), `llama3`, `yarn`, `longrope` (also `su`), `proportional`. Others are refused.
 *
 * @throws `unsupported-configuration` naming the key
 */
export function readRotary(
  configuration: ConfigurationReader,
  description: RotaryDescription,
): RotarySettings {
  const { headDim, maximumPositions, layerType, theta: usualTheta = 10000 } = description;
  const { original: usualOriginal, longNames = ['su'] } = description;
  const older = configuration.object('rope_scaling');
  const isOlder = older !== undefined && older.keys().length > 0;
  const whole = isOlder ? older : configuration.object('rope_parameters');
  const scaling =
    layerType !== undefined && whole?.has(layerType) ? whole.object(layerType) : whole;
  const theta = scaling?.has('rope_theta')
    ? scaling.positive('rope_theta')
    : configuration.positive('rope_theta', usualTheta);
  const typeKey = scaling?.has('rope_type') || !scaling?.has('type') ? 'rope_type' : 'type';
  const type = longNames.some((name) => name === scaling?.raw(typeKey))
    ? 'longrope'
    : (scaling?.choice(typeKey, ropeTypes, isOlder ? undefined : 'default') ?? 'default');
  const isProportional = type === 'proportional';
  const share = readShare(configuration, scaling, isProportional ? 1 : description.partial);
  const rotated = isProportional ? headDim : Math.floor(headDim * share);
  // An odd number is rounded up to whole pairs, after it has given the frequencies.
  if (2 * Math.ceil(rotated / 2) > headDim)
    configuration.refuse('head_dim', 'an even number: dimensions are rotated in pairs');
  const plain = plainFrequencies(theta, rotated);
  const settings = (frequencies: number[], scale = 1): RotarySettings => ({
    inverseFrequencies: Float32Array.from(frequencies),
    scale,
  });
  if (scaling === undefined) return settings(plain);
  const original = (): number => {
    const key = 'original_max_position_embeddings';
    const outside = configuration.has(key) || usualOriginal !== undefined;
    return (outside ? configuration : scaling).integer(key, {
      fallback: usualOriginal ?? maximumPositions,
    });
  };
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
    case 'proportional': {
      const turning = Math.floor((share * headDim) / 2);
      const factor = scaling.positive('factor', 1);
      return settings(plain.map((frequency, i) => (i < turning ? frequency / factor : 0)));
    }
    case 'llama3':
      return settings(llama3Frequencies(plain, scaling, original()));
    case 'longrope':
      return longSettings(theta, rotated, scaling, { original: original(), maximumPositions });
    case 'yarn': {
      const { frequencies, scale } = yarnFrequencies(theta, rotated, scaling, original());
      const reach = Math.round(original() * scaling.positive('factor'));
      return {
        ...settings(frequencies, scale),
        maximumPositions: Math.max(maximumPositions, reach),
      };
    }
  }
}

/** The share of a head that is rotated. */
function readShare(
  configuration: ConfigurationReader,
  scaling: ConfigurationReader | undefined,
  usual: number | undefined,
): number {
  const key = 'partial_rotary_factor';
  const reader = scaling?.has(key) ? scaling : configuration;
  if (usual === undefined) {
    if (reader.has(key) && reader.raw(key) !== 1) reader.refuse(key, 'absent or 1');
    return 1;
  }
  const share = reader.positive(key, usual);
  return share <= 1 ? share : reader.refuse(key, 'above 0, at most 1');
}

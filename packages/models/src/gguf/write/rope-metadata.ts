import type { Configuration } from '../families/family.ts';
import { llama3Factors } from '../families/rope.ts';
import type { ArchitectureMetadata } from './architecture-metadata.ts';
import type { PendingGgufTensor } from './write-gguf.ts';

type Scaling = Readonly<Record<string, unknown>>;

/** Positions as GGUF has them: keys, and tensors of factors. */
export interface RopeMetadata {
  readonly keys: ArchitectureMetadata;
  readonly tensors: readonly PendingGgufTensor[];
}

/** Bases of the frequencies where a configuration is silent, other than 10000. */
const thetas: Readonly<Record<string, number>> = {
  mixtral: 1e6,
  smollm3: 2e6,
  cohere: 5e5,
  gemma3_text: 1e6,
};

const float = (value: number): ArchitectureMetadata[string] => ({ type: 'float32', value });

function tensor(name: string, values: ArrayLike<number>): PendingGgufTensor {
  const data = Float32Array.from(values);
  return { name, shape: [data.length], type: 'F32', read: async () => data };
}

/** The keys and factors of a configuration's rotary positions; undefined for a scaling that the format has no word for. */
export function ropeMetadata(
  configuration: Configuration,
  headDim: number,
): RopeMetadata | undefined {
  const older = configuration['rope_scaling'] as Scaling | null | undefined;
  const isOlder = older !== null && older !== undefined && Object.keys(older).length > 0;
  const whole = (isOlder ? older : configuration['rope_parameters']) as Scaling | null | undefined;
  const full = (whole?.['full_attention'] ?? whole ?? {}) as Scaling;
  const sliding = whole?.['sliding_attention'] as Scaling | undefined;
  const numberOf = (key: string, fallback: number): number => {
    const value = full[key] ?? configuration[key];
    return typeof value === 'number' ? value : fallback;
  };
  const theta = numberOf(
    'rope_theta',
    (configuration['rotary_emb_base'] as number | undefined) ??
      thetas[configuration['model_type'] as string] ??
      10_000,
  );
  const share = numberOf(
    'partial_rotary_factor',
    (configuration['rotary_pct'] as number | undefined) ?? 1,
  );
  const rotated = Math.floor(share * headDim);
  const local = sliding?.['rope_theta'] ?? configuration['rope_local_base_freq'];
  const keys: ArchitectureMetadata = {
    'rope.freq_base': float(theta),
    'rope.dimension_count': { type: 'uint32', value: rotated },
    ...(typeof local === 'number' ? { 'rope.freq_base_swa': float(local) } : {}),
  };
  const original = numberOf(
    'original_max_position_embeddings',
    numberOf('max_position_embeddings', 0),
  );
  const factor = numberOf('factor', 1);
  const type = full['rope_type'] ?? full['type'] ?? 'default';
  if (type === 'default' || type === 'dynamic') return { keys, tensors: [] };
  if (type === 'linear')
    return {
      keys: {
        ...keys,
        'rope.scaling.type': { type: 'string', value: 'linear' },
        'rope.scaling.factor': float(factor),
      },
      tensors: [],
    };
  if (type === 'llama3') {
    const settings = {
      factor,
      low: numberOf('low_freq_factor', 1),
      high: numberOf('high_freq_factor', 4),
      original,
    };
    return {
      keys,
      tensors: [tensor('rope_freqs.weight', llama3Factors(theta, rotated / 2, settings))],
    };
  }
  const context = {
    'rope.scaling.original_context_length': { type: 'uint32', value: original } as const,
  };
  if (type === 'yarn' && full['attention_factor'] === undefined && full['mscale'] === undefined)
    return {
      keys: {
        ...keys,
        ...context,
        'rope.scaling.type': { type: 'string', value: 'yarn' },
        'rope.scaling.factor': float(factor),
        'rope.scaling.yarn_beta_fast': float(numberOf('beta_fast', 32)),
        'rope.scaling.yarn_beta_slow': float(numberOf('beta_slow', 1)),
      },
      tensors: [],
    };
  if (type !== 'longrope' && type !== 'su') return undefined;
  const positions = numberOf('max_position_embeddings', original);
  const grown = typeof full['factor'] === 'number' ? factor : positions / original;
  const usual = grown <= 1 ? 1 : Math.sqrt(1 + Math.log(grown) / Math.log(original));
  return {
    keys: {
      ...keys,
      ...context,
      'rope.scaling.attn_factor': float(numberOf('attention_factor', usual)),
    },
    tensors: [
      tensor('rope_factors_long.weight', full['long_factor'] as number[]),
      tensor('rope_factors_short.weight', full['short_factor'] as number[]),
    ],
  };
}

import type { GgufFacts } from '../facts.ts';
import { elementCount } from '../../safetensors/format.ts';

/** The values of a small tensor; undefined where the file has none of that name. */
async function factors(facts: GgufFacts, name: string): Promise<Float32Array | undefined> {
  const tensor = facts.file.tensors.get(name);
  if (!tensor) return undefined;
  const values = new Float32Array(elementCount(tensor.shape));
  await facts.file.readInto(name, values);
  return values;
}

/** The factors by which Llama 3's scaling divides the frequencies. */
export function llama3Factors(
  theta: number,
  count: number,
  { factor, low, high, original }: { factor: number; low: number; high: number; original: number },
): number[] {
  return Array.from({ length: count }, (_, i) => {
    const wavelength = 2 * Math.PI * theta ** (i / count);
    if (wavelength < original / high) return 1;
    if (wavelength > original / low) return factor;
    const smooth = (original / wavelength - low) / (high - low);
    return 1 / ((1 - smooth) / factor + smooth);
  });
}

/** The scaling whose factors a tensor `rope_freqs` holds: Llama 3's where it is that, else the factors one by one. */
function fromFactors(
  given: Float32Array,
  { theta, positions }: { theta: number; positions: number },
): object {
  const factor = Math.max(...given);
  const usual = { factor, low: 1, high: 4, original: 8192 };
  const isLlama3 = llama3Factors(theta, given.length, usual).every(
    (one, i) => Math.abs(one - given[i]!) <= 1e-4 * one,
  );
  if (isLlama3)
    return {
      rope_type: 'llama3',
      factor,
      low_freq_factor: usual.low,
      high_freq_factor: usual.high,
      original_max_position_embeddings: usual.original,
    };
  const list = Array.from(given);
  return {
    rope_type: 'longrope',
    short_factor: list,
    long_factor: list,
    attention_factor: 1,
    original_max_position_embeddings: positions,
  };
}

/**
 * `rope_theta` and `rope_scaling` from `rope.*` and the tensors of factors.
 *
 * @param sizes `theta`: that of a file that is silent; `positions`: the context's length
 * @throws `unsupported-gguf` for a scaling that is not followed
 */
export async function readRope(
  facts: GgufFacts,
  sizes: { readonly theta?: number; readonly positions: number },
): Promise<{ rope_theta: number; rope_scaling?: object }> {
  const theta = facts.number('rope.freq_base', sizes.theta ?? 10_000);
  const { positions } = sizes;
  const original = facts.integer('rope.scaling.original_context_length', positions);
  const type = facts.text('rope.scaling.type', 'none');
  const finetuned = 'rope.scaling.finetuned';
  facts.pass(finetuned);
  const scaled = (scaling: object | undefined): { rope_theta: number; rope_scaling?: object } => ({
    rope_theta: theta,
    ...(scaling ? { rope_scaling: scaling } : {}),
  });
  const [long, short, own] = [
    await factors(facts, 'rope_factors_long.weight'),
    await factors(facts, 'rope_factors_short.weight'),
    await factors(facts, 'rope_freqs.weight'),
  ];
  if (long && short) {
    facts.pass('rope.scaling.factor');
    const attention = facts.number('rope.scaling.attn_factor', 0);
    return scaled({
      rope_type: 'longrope',
      short_factor: Array.from(short),
      long_factor: Array.from(long),
      original_max_position_embeddings: original,
      ...(attention === 0 ? {} : { attention_factor: attention }),
    });
  }
  if (own) {
    if (type !== 'none' && type !== 'linear')
      facts.refuse('rope.scaling.type', 'none beside rope_freqs');
    if (facts.number('rope.scaling.factor', 1) !== 1)
      facts.refuse('rope.scaling.factor', '1 beside rope_freqs');
    return scaled(
      own.every((one) => one === 1) ? undefined : fromFactors(own, { theta, positions }),
    );
  }
  const older = facts.number('rope.scale_linear', 1);
  const factor = facts.number('rope.scaling.factor', older === 0 ? 1 : older);
  if (type === 'none' && (factor === 1 || factor === 0)) return scaled(undefined);
  if (type === 'linear' || type === 'none')
    return scaled(factor === 1 ? undefined : { rope_type: 'linear', factor });
  if (type !== 'yarn') return facts.refuse('rope.scaling.type', 'none, linear or yarn');
  if (facts.number('rope.scaling.yarn_ext_factor', 1) !== 1)
    facts.refuse('rope.scaling.yarn_ext_factor', 'absent or 1');
  return scaled({
    rope_type: 'yarn',
    factor,
    original_max_position_embeddings: original,
    beta_fast: facts.number('rope.scaling.yarn_beta_fast', 32),
    beta_slow: facts.number('rope.scaling.yarn_beta_slow', 1),
  });
}

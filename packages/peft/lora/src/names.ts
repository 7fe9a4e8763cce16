import type { WeightSite } from '@tunesmith/peft';

/** Local names of what a site has. */
export interface LoraNames {
  /** A: `[r, in]`, of an embedding `[r, vocabulary]`. */
  readonly a: string;
  /** B: `[out, r]`, of an embedding `[width, r]`. */
  readonly b: string;
  /** B's bias `[out]`, with `lora_bias`. */
  readonly bias: string;
  /** DoRA's lengths, `[out]`. */
  readonly magnitude: string;
  /** Where A and B began, of a start that takes a part of the weight over: that part is taken out of the base again. */
  readonly startA: string;
  readonly startB: string;
}

/** Local names of a site's tensors, those of PEFT. */
export function loraNames({ kind, name }: Pick<WeightSite, 'kind' | 'name'>): LoraNames {
  const [a, b] =
    kind === 'embed'
      ? [`${name}.lora_embedding_A`, `${name}.lora_embedding_B`]
      : [`${name}.lora_A.weight`, `${name}.lora_B.weight`];
  return {
    a,
    b,
    bias: `${name}.lora_B.bias`,
    magnitude: `${name}.lora_magnitude_vector`,
    startA: `${name}.start.lora_A.weight`,
    startB: `${name}.start.lora_B.weight`,
  };
}

/** Elements that share a scale, and scales that share a scale of their own. */
export const nf4Block = 64;
/** See {@link nf4Block}. */
export const nf4NestedBlock = 256;

/**
 * The sixteen numbers of NF4: quantiles of a normal distribution, scaled to ±1, with an exact zero.
 *
 * @see Dettmers et al., QLoRA: Efficient Finetuning of Quantized LLMs, 2023, https://arxiv.org/abs/2305.14314
 */
export const nf4Codes: Float32Array = Float32Array.of(
  -1,
  -0.6961928009986877,
  -0.5250730514526367,
  -0.39491748809814453,
  -0.28444138169288635,
  -0.18477343022823334,
  -0.09105003625154495,
  0,
  0.07958029955625534,
  0.16093020141124725,
  0.24611230194568634,
  0.33791524171829224,
  0.44070982933044434,
  0.5626170039176941,
  0.7229568362236023,
  1,
);

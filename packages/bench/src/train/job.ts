import lengths from './lengths.json' with { type: 'json' };

/** One example as token ids, and the ids again with −100 where nothing is supervised. */
export interface JobExample {
  readonly input_ids: number[];
  readonly labels: number[];
}

/** The shape of SmolLM2-135M: 134.5 million parameters, tied head. Both sides draw random weights. */
export const configuration = {
  model_type: 'llama',
  architectures: ['LlamaForCausalLM'],
  hidden_act: 'silu',
  vocab_size: 49152,
  hidden_size: 576,
  intermediate_size: 1536,
  num_hidden_layers: 30,
  num_attention_heads: 9,
  num_key_value_heads: 3,
  max_position_embeddings: 2048,
  rms_norm_eps: 1e-5,
  rope_theta: 100000,
  tie_word_embeddings: true,
};

/** A shape for software drivers and first looks: the same kind of model with 0.4 million parameters. */
const smallConfiguration: typeof configuration = {
  ...configuration,
  vocab_size: 1024,
  hidden_size: 128,
  intermediate_size: 256,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  num_key_value_heads: 2,
};

/** A model and the row that part (a) steps on. */
export interface Shape {
  readonly configuration: typeof configuration;
  readonly row: JobExample;
}

/** The shapes of part (a) by name. */
export function shapes(): Readonly<Record<string, Shape>> {
  return {
    full: { configuration, row: fixedRow },
    small: { configuration: smallConfiguration, row: example(32, 32, smallConfiguration) },
  };
}

/** LoRA as both sides configure it. */
export const loraConfig = { r: 8, alpha: 16, targets: ['q_proj', 'v_proj'] };

/** Tokens of a prompt and its answer; ids are spread over the vocabulary by a prime. */
export function example(
  prompt: number,
  answer: number,
  { vocab_size: vocabulary }: Pick<typeof configuration, 'vocab_size'> = configuration,
): JobExample {
  const input_ids = Array.from(
    { length: prompt + answer },
    (_, i) => (i * 7919 + prompt) % vocabulary,
  );
  return { input_ids, labels: input_ids.map((id, i) => (i < prompt ? -100 : id)) };
}

/** Part (a): one row of 512 tokens, the last 256 supervised. */
export const fixedRow = example(256, 256);

/** Tokens that a chat template adds around a prompt. */
const templateTokens = 20;

/** Part (b): 256 examples with the lengths of a real instruction set, an end-of-turn token after each answer. */
export function realExamples(count = lengths.pairs.length): JobExample[] {
  return lengths.pairs
    .slice(0, count)
    .map(([prompt = 0, answer = 0]) => example(prompt + templateTokens, answer + 1));
}

/**
 * Floating-point operations of the matrix products that one LoRA step needs, attention counted over its causal half:
 * `4·T·N + 4·S·V·d + 6·T²·d·L` for T tokens, S supervised, N weights in linear maps, V vocabulary, d width, L layers.
 * Frozen weights need no gradient of their own, so a product counts twice (forward, and the gradient of its input).
 */
export function productOperations(tokens: number, supervised: number): number {
  const d = configuration.hidden_size;
  const L = configuration.num_hidden_layers;
  const keys = (d / configuration.num_attention_heads) * configuration.num_key_value_heads;
  const N = L * (2 * d * d + 2 * d * keys + 3 * d * configuration.intermediate_size);
  return (
    4 * tokens * N + 4 * supervised * configuration.vocab_size * d + 6 * tokens * tokens * d * L
  );
}

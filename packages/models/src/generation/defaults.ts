import { modelsError } from '../errors.ts';

/** What a model's `generation_config.json` asks of every generation that does not say otherwise. */
export interface GenerationDefaults {
  /** Used where sampling is asked for and its temperature is not said: the model's own way to sample. */
  readonly sampling: {
    readonly asked: boolean;
    readonly temperature?: number;
    readonly topK?: number;
    readonly topP?: number;
  };
  readonly repetitionPenalty?: number;
  /** No n tokens in a row stand twice in a text. */
  readonly noRepeat?: number;
  /** Sequences of ids that are never completed. */
  readonly badWords: readonly (readonly number[])[];
  /** Ids that are never written, and those that are not written first. */
  readonly suppressed: readonly number[];
  readonly suppressedFirst: readonly number[];
  /** Fewest tokens to write, and fewest tokens with the prompt, before an end id may come. */
  readonly minimumTokens: number;
  readonly minimumLength: number;
  /** Most tokens to write, and most tokens with the prompt. */
  readonly maximumTokens?: number;
  readonly maximumLength?: number;
  /** The id written last where a text reaches its longest length. */
  readonly forcedEnd?: number;
  readonly stop: readonly string[];
  /** Settings that would change a text and are not followed, as `name value`. */
  readonly ignored: readonly string[];
}

/** Settings that change no text here: ids that the tokenizer reads, and how others compute and answer. */
const silent = new Set(
  `pad_token_id bos_token_id eos_token_id decoder_start_token_id transformers_version _from_model_config use_cache
  cache_implementation cache_config max_cache_len output_attentions output_hidden_states output_scores output_logits
  return_dict_in_generate early_stopping length_penalty low_memory is_assistant num_assistant_tokens
  num_assistant_tokens_schedule assistant_confidence_threshold assistant_early_exit assistant_lookbehind
  target_lookbehind prompt_lookup_num_tokens max_matching_ngram_size compile_config disable_compile
  continuous_batching_config prefill_chunk_size use_mtp speculation_type assistant_ensemble_weight remove_invalid_values
  renormalize_logits trust_remote_code _commit_hash return_legacy_cache use_model_defaults`.split(
    /\s+/,
  ),
);

/** Values under which a setting that is not followed changes nothing. */
const neutral: Readonly<Record<string, readonly unknown[]>> = {
  num_beams: [1],
  num_beam_groups: [1],
  num_return_sequences: [1],
  typical_p: [1],
  min_p: [0],
  top_h: [1],
  epsilon_cutoff: [0],
  eta_cutoff: [0],
  encoder_repetition_penalty: [1],
  encoder_no_repeat_ngram_size: [0],
  diversity_penalty: [0],
  guidance_scale: [1],
  penalty_alpha: [0],
};

type Check<T> = readonly [is: (value: unknown) => value is T, accepted: string];

const isNumber = (value: unknown): value is number => typeof value === 'number';
const isId = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;
const areIds = (value: unknown): value is number[] => Array.isArray(value) && value.every(isId);

const count: Check<number> = [isId, 'a whole number, 0 or more'];
const positive: Check<number> = [
  (value): value is number => isNumber(value) && value > 0,
  'a number above 0',
];
const probability: Check<number> = [
  (value): value is number => isNumber(value) && value > 0 && value <= 1,
  'above 0, at most 1',
];
const flag: Check<boolean> = [
  (value): value is boolean => typeof value === 'boolean',
  'true or false',
];
const ids: Check<number[]> = [areIds, 'a list of ids'];
const sequences: Check<number[][]> = [
  (value): value is number[][] =>
    Array.isArray(value) && value.every((one) => areIds(one) && one.length > 0),
  'a list of lists of ids',
];
const texts: Check<string | string[]> = [
  (value): value is string | string[] =>
    [value].flat().every((one) => typeof one === 'string' && one !== ''),
  'texts',
];
const end: Check<number | number[]> = [
  (value): value is number | number[] => isId(value) || areIds(value),
  'an id',
];

/**
 * Reads `generation_config.json`: what `generate` of Hugging Face's transformers takes from it for a text of one beam.
 *
 * @throws `invalid-generation-config` for a value that cannot be, naming its key
 */
export function readGenerationDefaults(
  config: Readonly<Record<string, unknown>>,
): GenerationDefaults {
  const read = new Set<string>();
  const get = <T>(key: string, [is, accepted]: Check<T>): T | undefined => {
    read.add(key);
    const value = config[key] ?? undefined;
    if (value === undefined || is(value)) return value;
    throw modelsError({
      code: 'invalid-generation-config',
      message: `generation_config.json: ${key} is ${JSON.stringify(value)}`,
      value,
      accepted,
    });
  };
  const defined = <T extends object>(values: T): { [K in keyof T]: NonNullable<T[K]> } =>
    Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as never;

  const topK = get('top_k', count);
  const temperature = get('temperature', [
    (value): value is number => isNumber(value) && value >= 0,
    '0 or more',
  ]);
  const noRepeat = get('no_repeat_ngram_size', count);
  const forcedEnd = [get('forced_eos_token_id', end)].flat()[0];
  const defaults = {
    sampling: {
      asked: get('do_sample', flag) ?? false,
      ...defined({
        temperature,
        topK: topK === 0 ? undefined : topK,
        topP: get('top_p', probability),
      }),
    },
    ...defined({
      repetitionPenalty: get('repetition_penalty', positive),
      noRepeat: noRepeat === 0 ? undefined : noRepeat,
      maximumTokens: get('max_new_tokens', count),
      maximumLength: get('max_length', count),
      forcedEnd,
    }),
    badWords: get('bad_words_ids', sequences) ?? [],
    suppressed: get('suppress_tokens', ids) ?? [],
    suppressedFirst: get('begin_suppress_tokens', ids) ?? [],
    minimumTokens: get('min_new_tokens', count) ?? 0,
    minimumLength: get('min_length', count) ?? 0,
    stop: [get('stop_strings', texts) ?? []].flat(),
  };
  const ignored = Object.entries(config)
    .filter(([key, value]) => !read.has(key) && !silent.has(key) && !isOff(key, value))
    .map(([key, value]) => `${key} ${JSON.stringify(value)}`);
  return { ...defaults, ignored } as GenerationDefaults;
}

function isOff(key: string, value: unknown): boolean {
  if (value === null || value === false) return true;
  if (typeof value === 'object' && Object.keys(value as object).length === 0) return true;
  return Object.hasOwn(neutral, key) && neutral[key]!.includes(value);
}

/** What holds for a model without `generation_config.json`. */
export const noDefaults: GenerationDefaults = readGenerationDefaults({});

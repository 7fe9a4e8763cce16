import { modelsError } from '../errors.ts';
import type { BeamOptions } from './beam-options.ts';
import type { ScoreOptions } from './processors.ts';
import type { SamplingOptions } from './warpers.ts';

/** What a model's `generation_config.json` asks of every generation that does not say otherwise. */
export interface GenerationDefaults {
  /** Used where sampling is asked for and its temperature is not said: the model's own way to sample. */
  readonly sampling: SamplingOptions & { readonly asked: boolean };
  /** Biases, penalties and bans. */
  readonly scoring: ScoreOptions;
  readonly beams: BeamOptions;
  /** Most tokens to write, and most tokens with what the decoder began with. */
  readonly maximumTokens?: number;
  readonly maximumLength?: number;
  readonly stop: readonly string[];
  /** Settings that would change a text and are not followed, as `name value`. */
  readonly ignored: readonly string[];
}

/** Settings that change no text here: ids that the tokenizer reads, and how others compute and answer. */
const silent = new Set(
  `pad_token_id bos_token_id eos_token_id decoder_start_token_id transformers_version _from_model_config use_cache
  cache_implementation cache_config max_cache_len output_attentions output_hidden_states output_scores output_logits
  return_dict_in_generate low_memory is_assistant num_assistant_tokens
  num_assistant_tokens_schedule assistant_confidence_threshold assistant_early_exit assistant_lookbehind
  target_lookbehind prompt_lookup_num_tokens max_matching_ngram_size compile_config disable_compile
  continuous_batching_config prefill_chunk_size use_mtp speculation_type assistant_ensemble_weight remove_invalid_values
  trust_remote_code _commit_hash return_legacy_cache use_model_defaults`.split(/\s+/),
);

/** Values under which a setting that is not followed changes nothing. */
const neutral: Readonly<Record<string, readonly unknown[]>> = {
  num_beam_groups: [1],
  num_return_sequences: [1],
  top_h: [1],
  diversity_penalty: [0],
  guidance_scale: [1],
  penalty_alpha: [0],
};

type Check<T> = readonly [is: (value: unknown) => value is T, accepted: string];

const isNumber = (value: unknown): value is number => typeof value === 'number';
const isId = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;
const areIds = (value: unknown): value is number[] => Array.isArray(value) && value.every(isId);

const id: Check<number> = [isId, 'an id'];
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
const oneOrMore: Check<number> = [
  (value): value is number => isId(value) && value > 0,
  'a whole number, 1 or more',
];
const zeroOrMore: Check<number> = [
  (value): value is number => isNumber(value) && value >= 0,
  '0 or more',
];
const share: Check<number> = [
  (value): value is number => isNumber(value) && value >= 0 && value <= 1,
  '0 to 1',
];
const below: Check<number> = [
  (value): value is number => isNumber(value) && value >= 0 && value < 1,
  '0 or more, below 1',
];
const finite: Check<number> = [
  (value): value is number => isNumber(value) && Number.isFinite(value),
  'a number',
];
const early: Check<boolean | 'never'> = [
  (value): value is boolean | 'never' => typeof value === 'boolean' || value === 'never',
  'true, false or "never"',
];
const biases: Check<[number[], number][]> = [
  (value): value is [number[], number][] =>
    Array.isArray(value) &&
    value.every(
      (one) =>
        Array.isArray(one) &&
        one.length === 2 &&
        areIds(one[0]) &&
        one[0].length > 0 &&
        isNumber(one[1]),
    ),
  'a list of [[ids], bias]',
];
const growth: Check<[number, number]> = [
  (value): value is [number, number] =>
    Array.isArray(value) && value.length === 2 && isId(value[0]) && isNumber(value[1]),
  '[tokens, factor]',
];

/**
 * Reads `generation_config.json`: what `generate` of Hugging Face's transformers takes from it.
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

  const except = <T>(value: T | undefined, neutral: T): T | undefined =>
    value === neutral ? undefined : value;
  const defaults = {
    sampling: {
      asked: get('do_sample', flag) ?? false,
      ...defined({
        temperature: get('temperature', zeroOrMore),
        topK: except(get('top_k', count), 0),
        topP: get('top_p', probability),
        minP: except(get('min_p', share), 0),
        typicalP: except(get('typical_p', probability), 1),
        epsilonCutoff: except(get('epsilon_cutoff', below), 0),
        etaCutoff: except(get('eta_cutoff', below), 0),
      }),
    },
    scoring: defined({
      sequenceBias: lastOfEach(get('sequence_bias', biases)),
      promptRepetitionPenalty: except(get('encoder_repetition_penalty', positive), 1),
      repetitionPenalty: except(get('repetition_penalty', positive), 1),
      noRepeat: except(get('no_repeat_ngram_size', count), 0),
      promptNoRepeat: except(get('encoder_no_repeat_ngram_size', count), 0),
      badWords: get('bad_words_ids', sequences),
      minimumLength: except(get('min_length', count), 0),
      minimumTokens: except(get('min_new_tokens', count), 0),
      forcedFirst: get('forced_bos_token_id', id),
      forcedEnd: get('forced_eos_token_id', end),
      endGrowth: get('exponential_decay_length_penalty', growth),
      suppressed: get('suppress_tokens', ids),
      suppressedFirst: get('begin_suppress_tokens', ids),
    }),
    beams: defined({
      beams: except(get('num_beams', oneOrMore), 1),
      lengthPenalty: get('length_penalty', finite),
      earlyStopping: get('early_stopping', early),
      renormalized: except(get('renormalize_logits', flag), false),
    }),
    ...defined({
      maximumTokens: get('max_new_tokens', count),
      maximumLength: get('max_length', count),
    }),
    stop: [get('stop_strings', texts) ?? []].flat(),
  };
  const ignored = Object.entries(config)
    .filter(([key, value]) => !read.has(key) && !silent.has(key) && !isOff(key, value))
    .map(([key, value]) => `${key} ${JSON.stringify(value)}`);
  return { ...defaults, ignored };
}

/** Of a sequence that stands twice the last bias holds. */
function lastOfEach(
  list: readonly [number[], number][] | undefined,
): [number[], number][] | undefined {
  return list && [...new Map(list.map((entry) => [entry[0].join(' '), entry])).values()];
}

function isOff(key: string, value: unknown): boolean {
  if (value === null || value === false) return true;
  if (typeof value === 'object' && Object.keys(value as object).length === 0) return true;
  return Object.hasOwn(neutral, key) && neutral[key]!.includes(value);
}

/** What holds for a model without `generation_config.json`. */
export const noDefaults: GenerationDefaults = readGenerationDefaults({});

import { showValue, TunesmithError } from '@tunesmith/schema';
import { modelsError } from '../errors.ts';

/** Reads keys of a `config.json` with their types checked; every error names the key. */
export interface ConfigurationReader {
  /** True where the key is present and not null. */
  has(key: string): boolean;
  /** A whole number of at least `minimum` (1 unless said otherwise). Without `fallback` the key is required. */
  integer(key: string, options?: { readonly fallback?: number; readonly minimum?: number }): number;
  /** A number above 0 that is neither 0 nor infinite in float32. Without `fallback` the key is required. */
  positive(key: string, fallback?: number): number;
  /** A share of dropout, 0 or more and below 1; 0 unless the family's fallback is another. */
  rate(key: string, fallback?: number): number;
  boolean(key: string, fallback: boolean): boolean;
  /** One of `accepted`. */
  choice<T extends string>(key: string, accepted: readonly T[], fallback?: T): T;
  /** A reader of a nested object, or undefined where the key is absent or null. */
  object(key: string): ConfigurationReader | undefined;
  /** The value as it stands; undefined where the key is absent or null. */
  raw(key: string): unknown;
  keys(): string[];
  /** Throws that a key's value is not supported. */
  refuse(key: string, accepted: string | readonly string[], why?: string): never;
}

/** How errors begin where it is not known which file the configuration stands in. */
const noPlace = 'config.json: ';

/** An error of a reader with the file that the configuration stands in; others as they are. */
export function locatedError(error: unknown, file: string): unknown {
  if (!TunesmithError.is(error)) return error;
  const [message = ''] = error.problems;
  if (!message.startsWith(noPlace)) return error;
  const { code, kind, value, accepted, nearest } = error;
  return modelsError({
    code,
    kind,
    value,
    nearest,
    ...(accepted === undefined ? {} : { accepted }),
    message: `${file}: ${message.slice(noPlace.length)}`,
    cause: error,
  });
}

/**
 * A reader over a parsed `config.json`.
 *
 * @param configuration the parsed object
 * @param path where it lies inside the whole, for errors: `rope_scaling.` for a nested one
 */
export function readConfiguration(configuration: object, path = ''): ConfigurationReader {
  const values = configuration as Record<string, unknown>;
  const raw = (key: string): unknown =>
    Object.hasOwn(values, key) ? (values[key] ?? undefined) : undefined;

  const refuse = (key: string, accepted: string | readonly string[], why?: string): never => {
    throw modelsError({
      code: 'unsupported-configuration',
      message: `${noPlace}"${path}${key}" is ${values[key] === undefined ? 'missing' : showValue(values[key])}${why ? `, ${why}` : ''}`,
      value: values[key],
      accepted,
    });
  };

  return {
    raw,
    refuse,
    keys: () => Object.keys(values),
    has: (key) => raw(key) !== undefined,
    integer(key, { fallback, minimum = 1 } = {}) {
      const value = raw(key) ?? fallback;
      if (typeof value === 'number' && Number.isSafeInteger(value) && value >= minimum)
        return value;
      return refuse(key, `a whole number, at least ${minimum}`);
    },
    positive(key, fallback) {
      const value = raw(key) ?? fallback;
      const computed = typeof value === 'number' ? Math.fround(value) : 0;
      if (computed > 0 && Number.isFinite(computed)) return value as number;
      return refuse(key, 'a number above 0 that float32 holds');
    },
    rate(key, fallback = 0) {
      const value = raw(key) ?? fallback;
      if (typeof value === 'number' && value >= 0 && value < 1) return value;
      return refuse(key, '0 or more and below 1');
    },
    boolean(key, fallback) {
      const value = raw(key) ?? fallback;
      return typeof value === 'boolean' ? value : refuse(key, ['true', 'false']);
    },
    choice(key, accepted, fallback) {
      const value = raw(key) ?? fallback;
      return accepted.find((one) => one === value) ?? refuse(key, accepted);
    },
    object(key) {
      const value = raw(key);
      if (value === undefined) return undefined;
      if (typeof value !== 'object' || Array.isArray(value))
        return refuse(key, 'an object or null');
      return readConfiguration(value as object, `${path}${key}.`);
    },
  };
}

/** Settings that change what a model computes and that no architecture here implements, with their neutral values. */
const changesTheModel: Readonly<Record<string, readonly unknown[]>> = {
  quantization_config: [],
  compression_config: [],
  logit_scale: [1],
  logits_scaling: [1],
  final_logit_softcapping: [],
  attn_logit_softcapping: [],
  embedding_multiplier: [1],
  residual_multiplier: [1],
  attention_multiplier: [],
  partial_rotary_factor: [1],
  use_qk_norm: [false],
  qk_layernorm: [false],
  is_encoder_decoder: [false],
  add_cross_attention: [false],
  is_decoder: [false],
};

/**
 * Refuses settings that change a model's computation in ways an architecture does not have. Other keys that it does not
 * read are ignored, as Hugging Face's classes of the same `model_type` ignore them.
 *
 * @param honored keys of the list that the architecture does read
 * @throws `unsupported-configuration` naming the key
 */
export function refuseUnsupportedSettings(
  configuration: ConfigurationReader,
  honored: readonly string[] = [],
): void {
  for (const [key, neutral] of Object.entries(changesTheModel)) {
    if (honored.includes(key)) continue;
    if (!configuration.has(key) || neutral.includes(configuration.raw(key))) continue;
    configuration.refuse(
      key,
      neutral.length > 0 ? `absent or ${neutral.join(', ')}` : 'absent or null',
      'a setting that changes the model and is not supported',
    );
  }
}

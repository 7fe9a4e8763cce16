import { modelsError } from '../errors.ts';
import type { Tokenizer } from '../tokenizer/tokenizer.ts';
import type { GenerationDefaults } from './defaults.ts';

/** Where a text stands: its ids so far, those of the prompt first. */
export interface TextSoFar {
  readonly ids: readonly number[];
  readonly promptTokens: number;
}

/** Takes away tokens that may not come next: their logits become −∞. Gives back the logits, changed or not. */
export type Constrain = (logits: Float32Array, text: TextSoFar) => Float32Array;

/** What constrains a text. */
export interface ConstraintOptions {
  readonly defaults: GenerationDefaults;
  /** Ids of the model that no token stands for are never written. */
  readonly tokenizer: Tokenizer | undefined;
  readonly endIds: ReadonlySet<number>;
  /** Most tokens that are written. */
  readonly limit: number;
}

/** Ids of a model, up to `vocabulary`, that its tokenizer does not know: an embedding may have more rows than tokens. */
function unknownIds(tokenizer: Tokenizer | undefined, vocabulary: number): number[] {
  if (!tokenizer) return [];
  return Array.from({ length: vocabulary }, (_, id) => id).filter(
    (id) => tokenizer.token(id) === undefined,
  );
}

/** The ids after which the last n − 1 tokens would stand for a second time with the same next token. */
function repeats(ids: readonly number[], length: number): number[] {
  const start = ids.length - length + 1;
  if (start < 0) return [];
  const found: number[] = [];
  for (let at = 0; at + length <= ids.length; at++) {
    let same = true;
    for (let i = 0; same && i < length - 1; i++) same = ids[at + i] === ids[start + i];
    if (same) found.push(ids[at + length - 1]!);
  }
  return found;
}

/**
 * The constraints of a text, in the order and with the meaning of Hugging Face's transformers: `no_repeat_ngram_size`,
 * `bad_words_ids`, `min_length` and `min_new_tokens`, `forced_eos_token_id`, `suppress_tokens`, `begin_suppress_tokens`.
 *
 * @throws `no-token-left` where every token is taken away
 */
export function createConstraints(options: ConstraintOptions): Constrain {
  const { defaults, tokenizer, endIds, limit } = options;
  const { badWords, noRepeat, forcedEnd, suppressed, suppressedFirst } = defaults;
  let never: readonly number[] | undefined;
  const words = badWords.filter((word) => word.length > 1 || !endIds.has(word[0]!));

  const banned = ({ ids, promptTokens }: TextSoFar): number[] => {
    const written = ids.length - promptTokens;
    const early = written < defaults.minimumTokens || ids.length < defaults.minimumLength;
    return [
      ...(noRepeat === undefined ? [] : repeats(ids, noRepeat)),
      ...words
        .filter((word) => word.length <= ids.length || word.length === 1)
        .filter((word) =>
          word.slice(0, -1).every((id, i) => ids[ids.length - word.length + 1 + i] === id),
        )
        .map((word) => word.at(-1)!),
      ...(early ? endIds : []),
      ...(written === 0 ? suppressedFirst : []),
    ];
  };

  return (logits, text) => {
    never ??= [...suppressed, ...unknownIds(tokenizer, logits.length)];
    const gone = [...never, ...banned(text)];
    const forced =
      forcedEnd !== undefined && text.ids.length - text.promptTokens === limit - 1
        ? forcedEnd
        : undefined;
    if (gone.length === 0 && forced === undefined) return logits;
    const changed =
      forced === undefined
        ? Float32Array.from(logits)
        : new Float32Array(logits.length).fill(Number.NEGATIVE_INFINITY);
    if (forced !== undefined && forced < logits.length) changed[forced] = 0;
    for (const id of gone) if (id < changed.length) changed[id] = Number.NEGATIVE_INFINITY;
    if (changed.every((logit) => logit === Number.NEGATIVE_INFINITY)) {
      throw modelsError({
        code: 'no-token-left',
        message: `generation_config.json takes away every token after ${text.ids.length} tokens`,
        value: text.ids.length,
        accepted: 'settings that leave at least one token',
      });
    }
    return changed;
  };
}

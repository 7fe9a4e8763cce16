import { modelsError } from '../errors.ts';
import type { Tokenizer } from '../tokenizer/tokenizer.ts';
import { checkNumbers, positiveWhole, whole, type NumberRule } from './check-numbers.ts';

/** What changes the scores of the next token before it is chosen. */
export interface ScoreOptions {
  /** Added to the logits of ids, as in OpenAI's API. */
  readonly logitBias?: Readonly<Record<number, number>>;
  /** Added to the logit of the last id of a sequence where the ids before it have just been written. */
  readonly sequenceBias?: readonly (readonly [ids: readonly number[], bias: number])[];
  /** Divides the logits of tokens already seen where they are positive, multiplies them where negative; 1 changes nothing. Keskar et al. (2019). */
  readonly repetitionPenalty?: number;
  /** Taken from the logits of tokens that were written, −2 to 2, as in OpenAI's API; those of the prompt do not count. */
  readonly presencePenalty?: number;
  /** Taken from the logits of tokens as often as they were written, −2 to 2, as in OpenAI's API. */
  readonly frequencyPenalty?: number;
  /** A repetition penalty turned around, on the tokens of the prompt: above 1 they become more likely. */
  readonly promptRepetitionPenalty?: number;
  /** No n tokens in a row stand twice in a text. */
  readonly noRepeat?: number;
  /** No n tokens in a row of the prompt are written. */
  readonly promptNoRepeat?: number;
  /** Sequences of ids that are never completed. */
  readonly badWords?: readonly (readonly number[])[];
  /** Ids that are never written, and those that are not written first. */
  readonly suppressed?: readonly number[];
  readonly suppressedFirst?: readonly number[];
  /** Fewest tokens to write, and fewest tokens with what comes before, until an end id may come. */
  readonly minimumTokens?: number;
  readonly minimumLength?: number;
  /** The id written first after a beginning of one token, which is that of encoder-decoders. */
  readonly forcedFirst?: number;
  /** The id written last where a text reaches its longest length; of several any, and the first of all where none is drawn. */
  readonly forcedEnd?: number | readonly number[];
  /** From so many tokens on, end ids gain `|logit| · (factor^(tokens beyond) − 1)`. */
  readonly endGrowth?: readonly [tokens: number, factor: number];
}

const isPenalty = (value: number): boolean => value > 0 && Number.isFinite(value);
const isOffset = (value: number): boolean => value >= -2 && value <= 2;

const rules: readonly NumberRule<ScoreOptions>[] = [
  ['repetitionPenalty', isPenalty, 'above 0'],
  ['promptRepetitionPenalty', isPenalty, 'above 0'],
  ['presencePenalty', isOffset, '-2 to 2'],
  ['frequencyPenalty', isOffset, '-2 to 2'],
  ['noRepeat', positiveWhole, 'a whole number, at least 1'],
  ['promptNoRepeat', positiveWhole, 'a whole number, at least 1'],
  ['minimumTokens', whole, 'a whole number, 0 or more'],
  ['minimumLength', whole, 'a whole number, 0 or more'],
];

/** Checks the options' ranges. @throws `invalid-sampling` */
export function checkScoring(options: ScoreOptions): void {
  checkNumbers('invalid-sampling', options, rules);
  for (const [id, bias] of Object.entries(options.logitBias ?? {})) {
    if (whole(Number(id)) && Number.isFinite(bias)) continue;
    throw modelsError({
      code: 'invalid-sampling',
      message: `logitBias of ${id} is ${String(bias)}`,
      value: bias,
      accepted: 'finite numbers by token id',
    });
  }
}

/** Where a text stands: its ids so far, first those that the decoder began with. */
export interface TextSoFar {
  readonly ids: readonly number[];
  /** How many of them it began with: a prompt, or the start token of an encoder-decoder. */
  readonly begun: number;
}

/** Changes the scores of the next token in place; those of tokens that may not come become −∞. */
type Processor = (scores: Float32Array, text: TextSoFar) => void;

/** What processors are made of. */
export interface ProcessorSettings {
  readonly options: ScoreOptions;
  /** Ids of the prompt, which the encoder has read in an encoder-decoder. */
  readonly prompt: readonly number[];
  /** Ids of the model that no token stands for are never written. */
  readonly tokenizer: Tokenizer | undefined;
  readonly endIds: ReadonlySet<number>;
  /** Most tokens that are written. */
  readonly limit: number;
}

const never = Number.NEGATIVE_INFINITY;

function ban(scores: Float32Array, ids: Iterable<number>): void {
  for (const id of ids) if (id < scores.length) scores[id] = never;
}

function force(scores: Float32Array, ids: readonly number[]): void {
  scores.fill(never);
  for (const id of ids) if (id < scores.length) scores[id] = 0;
}

/** Whether a text ends with all of a sequence but its last id, which can then be completed. */
function isBegun(sequence: readonly number[], ids: readonly number[]): boolean {
  const start = ids.length - sequence.length + 1;
  if (sequence.length === 1) return true;
  return start > 0 && sequence.slice(0, -1).every((id, i) => ids[start + i] === id);
}

/** The ids that would repeat n tokens of `past`: those that stand there after the last n − 1 of `ids`. */
function repeats(past: readonly number[], ids: readonly number[], length: number): number[] {
  const start = ids.length - length + 1;
  if (start < 0) return [];
  const found: number[] = [];
  for (let at = 0; at + length <= past.length; at++) {
    let same = true;
    for (let i = 0; same && i < length - 1; i++) same = past[at + i] === ids[start + i];
    if (same) found.push(past[at + length - 1]!);
  }
  return found;
}

function penalize(scores: Float32Array, ids: readonly number[], penalty: number): void {
  for (const id of new Set(ids)) {
    const score = scores[id]!;
    scores[id] = score > 0 ? score / penalty : score * penalty;
  }
}

function countPenalties(presence: number, frequency: number): Processor {
  return (scores, { ids, begun }) => {
    const counts = new Map<number, number>();
    for (const id of ids.slice(begun)) counts.set(id, (counts.get(id) ?? 0) + 1);
    for (const [id, count] of counts) scores[id]! -= presence + frequency * count;
  };
}

/** The processors that options ask for, in the order of Hugging Face's transformers. */
function processorsOf({ options, prompt, endIds, limit }: ProcessorSettings): Processor[] {
  const { logitBias, sequenceBias, presencePenalty = 0, frequencyPenalty = 0 } = options;
  const { forcedFirst, forcedEnd, endGrowth, minimumTokens = 0, minimumLength = 0 } = options;
  const all: Processor[] = [];
  const when = <T>(value: T | undefined, make: (value: T) => Processor): void => {
    if (value !== undefined) all.push(make(value));
  };

  when(sequenceBias, (biases) => (scores, { ids }) => {
    for (const [sequence, bias] of biases)
      if (isBegun(sequence, ids)) scores[sequence.at(-1)!]! += bias;
  });
  when(logitBias, (biases) => (scores) => {
    for (const [id, bias] of Object.entries(biases)) scores[Number(id)]! += bias;
  });
  when(options.promptRepetitionPenalty, (penalty) => (scores) => {
    penalize(scores, prompt, 1 / penalty);
  });
  when(options.repetitionPenalty, (penalty) => (scores, { ids }) => {
    penalize(scores, ids, penalty);
  });
  if (presencePenalty !== 0 || frequencyPenalty !== 0)
    all.push(countPenalties(presencePenalty, frequencyPenalty));
  when(options.noRepeat, (length) => (scores, { ids }) => {
    ban(scores, repeats(ids, ids, length));
  });
  when(options.promptNoRepeat, (length) => (scores, { ids }) => {
    ban(scores, repeats(prompt, ids, length));
  });
  const words = (options.badWords ?? []).filter((word) => word.length > 1 || !endIds.has(word[0]!));
  if (words.length > 0)
    all.push((scores, { ids }) => {
      const completed = words.filter((word) => isBegun(word, ids));
      ban(
        scores,
        completed.map((word) => word.at(-1)!),
      );
    });
  if (minimumTokens > 0 || minimumLength > 0)
    all.push((scores, { ids, begun }) => {
      if (ids.length - begun < minimumTokens || ids.length < minimumLength) ban(scores, endIds);
    });
  when(forcedFirst, (id) => (scores, { ids }) => {
    if (ids.length === 1) force(scores, [id]);
  });
  when(forcedEnd, (ends) => (scores, { ids, begun }) => {
    if (ids.length - begun === limit - 1) force(scores, [ends].flat());
  });
  when(endGrowth, ([tokens, factor]) => (scores, { ids, begun }) => {
    const beyond = ids.length - begun - tokens;
    if (beyond <= 0) return;
    for (const id of endIds)
      if (Number.isFinite(scores[id]))
        scores[id]! += Math.abs(scores[id]!) * (factor ** beyond - 1);
  });
  when(options.suppressed, (ids) => (scores) => {
    ban(scores, ids);
  });
  when(options.suppressedFirst, (ids) => (scores, text) => {
    // A forced first token is not the model's own first choice.
    const shift = text.begun === 1 && forcedFirst !== undefined ? 1 : 0;
    if (text.ids.length === text.begun + shift) ban(scores, ids);
  });
  return all;
}

/** Ids of a model, up to `vocabulary`, that its tokenizer does not know: an embedding may have more rows than tokens. */
function unknownIds(tokenizer: Tokenizer | undefined, vocabulary: number): number[] {
  if (!tokenizer) return [];
  return Array.from({ length: vocabulary }, (_, id) => id).filter(
    (id) => tokenizer.token(id) === undefined,
  );
}

/**
 * Makes scores of logits: biases, penalties and bans, in the order and with the meaning of Hugging Face's transformers
 * (`SequenceBias`, `EncoderRepetitionPenalty`, `RepetitionPenalty`, `NoRepeatNGram`, `EncoderNoRepeatNGram`, `NoBadWords`,
 * `MinLength`, `MinNewTokensLength`, `ForcedBOSToken`, `ForcedEOSToken`, `ExponentialDecayLengthPenalty`, `SuppressTokens`,
 * `SuppressTokensAtBegin`), with OpenAI's bias after the first and its penalties after the repetition penalty.
 *
 * @returns a function of the logits `[vocabulary]`, which stay as they are, and of the text so far
 */
export function createProcessors(
  settings: ProcessorSettings,
): (logits: Float32Array, text: TextSoFar) => Float32Array {
  const processors = processorsOf(settings);
  let unknown: readonly number[] | undefined;
  return (logits, text) => {
    unknown ??= unknownIds(settings.tokenizer, logits.length);
    const scores = logits.slice();
    for (const process of processors) process(scores, text);
    ban(scores, unknown);
    return scores;
  };
}

/** @throws `no-token-left` where every token is taken away */
export function checkSomeLeft(scores: Float32Array, { ids }: TextSoFar): void {
  if (scores.some((score) => score > never)) return;
  throw modelsError({
    code: 'no-token-left',
    message: `what this generation asks for, or generation_config.json does, takes away every token after ${ids.length} tokens`,
    value: ids.length,
    accepted: 'settings that leave at least one token',
  });
}

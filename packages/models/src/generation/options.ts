import type { Message } from '@tunesmith/schema';
import { modelsError } from '../errors.ts';
import type { RecordMeta } from '../record-inputs.ts';
import { checkBeams, type BeamOptions } from './beam-options.ts';
import { checkNumbers, positiveWhole, whole } from './check-numbers.ts';
import type { TokenLogProbability } from './log-probabilities.ts';
import type { OutputOptions } from './output/output.ts';
import { checkScoring, type ScoreOptions } from './processors.ts';
import { checkSampling, type SamplingOptions } from './warpers.ts';

/** What to go on from: a text, token ids, or a conversation that waits for the assistant or ends within its turn. */
export type Prompt = string | readonly number[] | readonly Message[];

/** How a text is generated. */
export interface GenerateOptions extends SamplingOptions, ScoreOptions, BeamOptions {
  /** Most tokens to write; 128 by default. */
  readonly maximumTokens?: number;
  /** Texts for each prompt, 1 by default: samples, or the best of the beams. The prompt is read once. */
  readonly samples?: number;
  /** What the text must be: one of some texts, what a regular expression matches, or JSON of a schema. */
  readonly output?: OutputOptions;
  /**
   * Tell the log-probability of each token written, and of so many most likely tokens in its place (0: none). They are those of the
   * model itself, before biases, penalties, constraints and temperature.
   */
  readonly logProbabilities?: number;
  /** Texts at which to stop; they are not part of the result. They may lie across tokens. */
  readonly stop?: readonly string[];
  /** Ids that end the text besides the tokenizer's end ids. */
  readonly stopIds?: readonly number[];
  /** Go on past the end of sequence, up to `maximumTokens`. */
  readonly ignoreEnd?: boolean;
  /** Seed of the sampling; 0 by default. Each text of a call draws from a stream of its own. */
  readonly seed?: number;
  /** The number of each prompt's stream among those of the seed; their order, 0, 1, …, by default. A prompt of the same number is answered alike in any company. */
  readonly places?: readonly number[];
  /**
   * The record of each prompt, in their order, where methods read of them: `{ meta: { adapter: 'poems' } }` chooses the adapter of
   * that name.
   */
  readonly records?: readonly (RecordMeta | undefined)[];
  /** Stops the generation with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** Why a generation ended: an end id or the end of what the output allows, a stop string, or the token limit (the model's own included). */
export type FinishReason = 'end' | 'stop' | 'length';

/** A finished generation. */
export interface Generation {
  /** What was written, without special tokens and stop strings. */
  readonly text: string;
  /** Every token that was written, an end id included. */
  readonly ids: readonly number[];
  readonly finishReason: FinishReason;
  /** Ordinary tokens of the prompt. */
  readonly promptTokens: number;
  /** How many of them were not read because a prefix cache held them; absent without such a cache. */
  readonly cachedTokens?: number;
  /** One for each of `ids`, where asked for. */
  readonly logProbabilities?: readonly TokenLogProbability[];
  /** Of a beam search: `Σ log p / tokens^lengthPenalty` of the processed scores. */
  readonly score?: number;
}

/** A piece of a text being generated. The last piece of each text carries the finished generation. */
export interface GenerationPiece {
  /** Which of the prompt's texts it belongs to, from 0. */
  readonly sample: number;
  /** Complete characters; may be empty. */
  readonly text: string;
  readonly done?: Generation;
}

function refuse(message: string, value: unknown, accepted: string): never {
  throw modelsError({ code: 'invalid-generation', message, value, accepted });
}

/** Checks the options' ranges. @throws `invalid-sampling`, `invalid-generation` */
export function checkOptions(options: GenerateOptions): void {
  checkSampling(options);
  checkScoring(options);
  checkBeams(options);
  checkNumbers('invalid-generation', options, [
    ['maximumTokens', positiveWhole, 'a whole number, at least 1'],
    ['samples', positiveWhole, 'a whole number, at least 1'],
    ['logProbabilities', whole, 'a whole number, 0 or more'],
    ['seed', Number.isSafeInteger, 'a whole number'],
  ]);
  const { stop = [], output, beams = 1, temperature = 0 } = options;
  if (!Array.isArray(stop)) refuse(`stop is ${JSON.stringify(stop)}`, stop, 'a list of texts');
  if (stop.includes('')) refuse('a stop string is empty', '', 'texts of at least one character');
  if (output && stop.length > 0)
    refuse('stop strings with an output', stop, 'no stop string: an output says where it ends');
  if (beams > 1 && temperature > 0)
    refuse(`${beams} beams at temperature ${temperature}`, temperature, 'temperature 0 with beams');
}

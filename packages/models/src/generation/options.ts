import type { Message } from '@tunesmith/schema';
import { modelsError } from '../errors.ts';
import type { RecordMeta } from '../record-inputs.ts';
import { checkSampling, type SamplingOptions } from './sample.ts';

/** What to go on from: a text, token ids, or a conversation that waits for the assistant. */
export type Prompt = string | readonly number[] | readonly Message[];

/** How a text is generated. */
export interface GenerateOptions extends SamplingOptions {
  /** Most tokens to write; 128 by default. */
  readonly maximumTokens?: number;
  /** Texts at which to stop; they are not part of the result. They may lie across tokens. */
  readonly stop?: readonly string[];
  /** Ids that end the text besides the tokenizer's end ids. */
  readonly stopIds?: readonly number[];
  /** Go on past the end of sequence, up to `maximumTokens`. */
  readonly ignoreEnd?: boolean;
  /** Seed of the sampling; 0 by default. Each prompt of a call draws from a stream of its own. */
  readonly seed?: number;
  /** The record of each prompt, in their order, where methods read of them. */
  readonly records?: readonly (RecordMeta | undefined)[];
  /** Stops the generation with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** Why a generation ended: an end id, a stop string, or the token limit (the model's own included). */
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
}

/** A piece of a text being generated. The last piece carries the finished generation. */
export interface GenerationPiece {
  /** Complete characters; may be empty. */
  readonly text: string;
  readonly done?: Generation;
}

/** Checks the options' ranges. */
export function checkOptions(options: GenerateOptions): void {
  checkSampling(options);
  const { maximumTokens = 1, stop = [] } = options;
  if (!Number.isSafeInteger(maximumTokens) || maximumTokens < 1) {
    throw modelsError({
      code: 'invalid-generation',
      message: `maximumTokens is ${maximumTokens}`,
      value: maximumTokens,
      accepted: 'a whole number, at least 1',
    });
  }
  if (stop.includes('')) {
    throw modelsError({
      code: 'invalid-generation',
      message: 'a stop string is empty',
      value: '',
      accepted: 'texts of at least one character',
    });
  }
}

import { xoshiro128 } from '@tunesmith/schema';
import type { RecordMeta } from '../record-inputs.ts';
import type { Tokenizer } from '../tokenizer/tokenizer.ts';
import { createConstraints } from './constraints.ts';
import type { GenerationDefaults } from './defaults.ts';
import type { FinishReason, Generation } from './options.ts';
import { chooseToken, type SamplingOptions } from './sample.ts';
import { createStopFilter } from './stop-strings.ts';
import { createTextStream, type TextStream } from './text-stream.ts';

/** A text being written, without the model: logits go in, tokens and text come out. */
export interface Writer {
  readonly promptIds: readonly number[];
  /** The record of the prompt, where methods read of it. */
  readonly record?: RecordMeta;
  /** Most tokens to write. */
  readonly limit: number;
  /**
   * Chooses the next token.
   *
   * @returns the token, what it adds to the text, and whether the text has ended with it
   */
  take(logits: Float32Array): { id: number; text: string; ended: boolean };
  /** The rest of the text, and the whole generation. Once, at the end. */
  finish(): { text: string; done: Generation };
}

/** What a text is written by. */
export interface WriterOptions {
  readonly promptIds: readonly number[];
  readonly limit: number;
  readonly endIds: ReadonlySet<number>;
  readonly stop: readonly string[];
  readonly sampling: SamplingOptions;
  readonly defaults: GenerationDefaults;
  readonly tokenizer: Tokenizer | undefined;
  readonly seed: number;
  /** Makes the random numbers independent of those of other prompts of the same seed. */
  readonly stream: number;
  /** The record of the prompt, where methods read of it. */
  readonly record?: RecordMeta;
}

/** A stream of nothing, for models without a tokenizer: the ids are the result. */
const silent: TextStream = { push: () => '', flush: () => '' };

/** Begins a text. */
export function createWriter(options: WriterOptions): Writer {
  const { promptIds, limit, endIds, stop, sampling, tokenizer } = options;
  const constrain = createConstraints(options);
  const random = xoshiro128(options.seed, `generation ${options.stream}`);
  const seen = new Set(promptIds);
  const words = tokenizer ? createTextStream(tokenizer, promptIds) : silent;
  const filter = createStopFilter(stop);
  const ids: number[] = [];
  let written = '';
  let finishReason: FinishReason = 'length';

  return {
    promptIds,
    limit,
    ...(options.record ? { record: options.record } : {}),
    take(logits) {
      const text = { ids: [...promptIds, ...ids], promptTokens: promptIds.length };
      const id = chooseToken(constrain(logits, text), seen, sampling, random);
      ids.push(id);
      seen.add(id);
      if (endIds.has(id)) {
        finishReason = 'end';
        return { id, text: '', ended: true };
      }
      const passed = filter.push(words.push(id));
      if (!passed.stopped && tokenizer?.isSpecial(id)) {
        // Special tokens are not shown, and a stop string may be one.
        const special = filter.push(tokenizer.token(id) ?? '', true);
        passed.text += special.text;
        passed.stopped = special.stopped;
      }
      written += passed.text;
      if (passed.stopped) finishReason = 'stop';
      return { id, text: passed.text, ended: passed.stopped || ids.length >= limit };
    },
    finish() {
      let rest = '';
      if (finishReason !== 'stop') {
        const last = filter.push(words.flush());
        if (last.stopped) finishReason = 'stop';
        rest = last.text + (last.stopped ? '' : filter.flush());
        written += rest;
      }
      return {
        text: rest,
        done: { text: written, ids, finishReason, promptTokens: promptIds.length },
      };
    },
  };
}

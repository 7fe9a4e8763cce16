import type { Tokenizer } from '../tokenizer/tokenizer.ts';
import type { FinishReason } from './options.ts';
import { createStopFilter } from './stop-strings.ts';
import { createTextStream, type TextStream } from './text-stream.ts';

/** Tokens on their way to a text that ends somewhere. */
export interface EndingText {
  /** Takes a token: what it adds to the text, and whether the text has ended with it. */
  push(id: number): { text: string; ended: boolean };
  /** The rest, once: what was held back, the whole text and why it ended. */
  finish(): { rest: string; text: string; finishReason: FinishReason };
}

/** Where a text ends. */
export interface EndingOptions {
  readonly promptIds: readonly number[];
  /** Most tokens. */
  readonly limit: number;
  readonly endIds: ReadonlySet<number>;
  readonly stop: readonly string[];
  readonly tokenizer: Tokenizer | undefined;
}

/** A stream of nothing, for models without a tokenizer: the ids are the result. */
const silent: TextStream = { push: () => '', flush: () => '' };

/** A text after a prompt that ends at an end id, before a stop string or at its longest length. */
export function createEndingText(options: EndingOptions): EndingText {
  const { promptIds, limit, endIds, stop, tokenizer } = options;
  const words = tokenizer ? createTextStream(tokenizer, promptIds) : silent;
  const filter = createStopFilter(stop);
  let tokens = 0;
  let written = '';
  let finishReason: FinishReason = 'length';

  return {
    push(id) {
      tokens += 1;
      if (endIds.has(id)) {
        finishReason = 'end';
        return { text: '', ended: true };
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
      return { text: passed.text, ended: passed.stopped || tokens >= limit };
    },
    finish() {
      let rest = '';
      if (finishReason !== 'stop') {
        const last = filter.push(words.flush());
        if (last.stopped) finishReason = 'stop';
        rest = last.text + (last.stopped ? '' : filter.flush());
        written += rest;
      }
      return { rest, text: written, finishReason };
    },
  };
}

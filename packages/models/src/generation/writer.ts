import { xoshiro128 } from '@tunesmith/schema';
import { createEndingText } from './ending.ts';
import { logProbabilityOf, type TokenLogProbability } from './log-probabilities.ts';
import type { Generation } from './options.ts';
import { checkSomeLeft, createProcessors } from './processors.ts';
import type { GenerationRequest } from './request.ts';
import { chooseToken } from './warpers.ts';

/** A text being written, without the model: logits go in, tokens and text come out. */
export interface Writer {
  /**
   * Chooses the next token.
   *
   * @param logits `[vocabulary]`; they stay as they are
   * @returns the token, what it adds to the text, and whether the text has ended with it
   */
  take(logits: Float32Array): { id: number; text: string; ended: boolean };
  /** The rest of the text, and the whole generation. Once, at the end. */
  finish(): { text: string; done: Generation };
}

/**
 * Begins a text.
 *
 * @param sample its number among those of the prompt: each has random numbers of its own
 */
export function createWriter(request: GenerationRequest, sample: number): Writer {
  const { promptIds, beginning, limit, sampling, guide, alternatives, seed, stream } = request;
  const process = createProcessors(request.processors);
  const random = xoshiro128(
    seed,
    sample === 0 ? `generation ${stream}` : `generation ${stream} sample ${sample}`,
  );
  const text = createEndingText(request);
  const ids = [...beginning];
  const begun = beginning.length;
  const logProbabilities: TokenLogProbability[] = [];
  let state = guide?.start;
  let isComplete = false;

  return {
    take(logits) {
      const so = { ids, begun };
      const scores = process(logits, so);
      if (guide) guide.restrict(scores, state!, request.endIds, limit - (ids.length - begun));
      checkSomeLeft(scores, so);
      const id = chooseToken(scores, sampling, random);
      if (alternatives !== undefined)
        logProbabilities.push(logProbabilityOf(logits, id, alternatives, request.tokenizer));
      ids.push(id);
      const pushed = text.push(id);
      if (guide && !pushed.ended) {
        state = guide.after(state!, id);
        isComplete = guide.isComplete(state);
      }
      return { id, text: pushed.text, ended: pushed.ended || isComplete };
    },
    finish() {
      const { rest, text: written, finishReason } = text.finish();
      return {
        text: rest,
        done: {
          text: written,
          ids: ids.slice(begun),
          finishReason: isComplete ? 'end' : finishReason,
          promptTokens: promptIds.length,
          ...(alternatives === undefined ? {} : { logProbabilities }),
        },
      };
    },
  };
}

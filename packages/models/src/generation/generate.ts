import { xoshiro128 } from '@tunesmith/schema';
import type { Message } from '@tunesmith/schema';
import { renderChat } from '../chat/render.ts';
import { inspectChatTemplate } from '../chat/inspect.ts';
import { modelsError } from '../errors.ts';
import { checkIds, type BoundModel } from '../language-model/bound.ts';
import type { Tokenizer } from '../tokenizer/tokenizer.ts';
import type { StartDecoding } from './decoder.ts';
import {
  checkOptions,
  type FinishReason,
  type GenerateOptions,
  type Generation,
  type GenerationPiece,
  type Prompt,
} from './options.ts';
import { createConstraints } from './constraints.ts';
import { noDefaults, type GenerationDefaults } from './defaults.ts';
import { chooseToken, type SamplingOptions } from './sample.ts';
import { createStopFilter } from './stop-strings.ts';
import { createTextStream, type TextStream } from './text-stream.ts';

function isConversation(prompt: Prompt): prompt is readonly Message[] {
  return typeof prompt !== 'string' && typeof prompt[0] === 'object';
}

function needTokenizer(tokenizer: Tokenizer | undefined, what: string): Tokenizer {
  if (tokenizer) return tokenizer;
  throw modelsError({
    code: 'no-tokenizer',
    message: `${what} needs a tokenizer`,
    accepted: 'a tokenizer, or token ids as the prompt',
  });
}

/** The ids of a prompt, and the ids that end the answer to it. */
export function readPrompt(
  prompt: Prompt,
  tokenizer: Tokenizer | undefined,
): { ids: readonly number[]; ends: readonly number[] } {
  const ends = tokenizer?.endIds ?? [];
  if (typeof prompt === 'string')
    return { ids: needTokenizer(tokenizer, 'a text prompt').encode(prompt), ends };
  if (!isConversation(prompt)) return { ids: prompt as readonly number[], ends };
  const known = needTokenizer(tokenizer, 'a conversation');
  const { text } = renderChat(known, prompt, { generationPrompt: true });
  const turnEnd = inspectChatTemplate(known).endOfTurn;
  const turnEndId = turnEnd === undefined ? undefined : known.id(turnEnd);
  // The template writes the beginning of sequence itself where the model wants one.
  return {
    ids: known.encode(text, { special: false }),
    ends: turnEndId === undefined ? ends : [...ends, turnEndId],
  };
}

/** Tokens to write where neither the caller nor the model says how many. */
const usualTokens = 128;

/** Sampling options with what the model's files say where the caller does not; a temperature is the caller's choice. */
function withDefaults(
  { temperature = 0, topK, topP, repetitionPenalty }: GenerateOptions,
  { sampling, repetitionPenalty: usual }: GenerationDefaults,
): SamplingOptions {
  const given = { topK: topK ?? sampling.topK, topP: topP ?? sampling.topP };
  const penalty = repetitionPenalty ?? usual;
  return {
    temperature,
    ...(given.topK === undefined ? {} : { topK: given.topK }),
    ...(given.topP === undefined ? {} : { topP: given.topP }),
    ...(penalty === undefined ? {} : { repetitionPenalty: penalty }),
  };
}

/** Tokens that may be written after a prompt; the last one is never read again, so it needs no place. */
export function roomAfter(bound: BoundModel, promptTokens: number): number {
  return bound.model.spec.maximumPositions - bound.virtual.count - promptTokens + 1;
}

/** A stream of nothing, for models without a tokenizer: the ids are the result. */
const silent: TextStream = { push: () => '', flush: () => '' };

/** Generates one text piece by piece. `stream` makes the prompt's random numbers independent of the other prompts'. */
export type GenerateStream = (
  prompt: Prompt,
  options: GenerateOptions,
  stream?: number,
) => AsyncGenerator<GenerationPiece, void>;

/**
 * Generation with a cache, greedy or by sampling, piece by piece.
 *
 * @param bound the model
 * @param start its decoder
 * @param tokenizer for text prompts, conversations, stop strings and text in the result
 */
export function createGenerator(
  bound: BoundModel,
  start: StartDecoding,
  tokenizer: Tokenizer | undefined,
): GenerateStream {
  return async function* generate(prompt, options, stream = 0) {
    checkOptions(options);
    const defaults = tokenizer?.generation ?? noDefaults;
    const { stopIds = [], ignoreEnd = false, seed = 0, signal } = options;
    const stop = [...(options.stop ?? []), ...defaults.stop];
    const sampling = withDefaults(options, defaults);
    if (stop.length > 0) needTokenizer(tokenizer, 'a stop string');
    const { ids: promptIds, ends } = readPrompt(prompt, tokenizer);
    if (promptIds.length === 0) {
      throw modelsError({
        code: 'empty-prompt',
        message: 'the prompt has no token',
        accepted: 'at least one token, for example the beginning of sequence',
      });
    }
    checkIds(bound.model, promptIds, 'the prompt');
    bound.checkLength(promptIds.length, 'the prompt');
    const endIds = new Set([...(ignoreEnd ? [] : ends), ...stopIds]);
    const room = roomAfter(bound, promptIds.length);
    const wanted =
      options.maximumTokens ??
      defaults.maximumTokens ??
      Math.max(1, (defaults.maximumLength ?? Number.POSITIVE_INFINITY) - promptIds.length);
    const asked = Number.isFinite(wanted) ? wanted : usualTokens;
    const limit = Math.min(Math.max(1, asked), room);
    const constrain = createConstraints({ defaults, tokenizer, endIds, limit });

    const random = xoshiro128(seed, `generation ${stream}`);
    const seen = new Set(promptIds);
    const words = tokenizer ? createTextStream(tokenizer, promptIds) : silent;
    const filter = createStopFilter(stop);
    const ids: number[] = [];
    let written = '';
    let finishReason: FinishReason = 'length';

    signal?.throwIfAborted();
    const state = await start(promptIds, limit);
    try {
      let logits = state.first;
      while (ids.length < limit) {
        const text = { ids: [...promptIds, ...ids], promptTokens: promptIds.length };
        const id = chooseToken(constrain(logits, text), seen, sampling, random);
        ids.push(id);
        seen.add(id);
        if (endIds.has(id)) {
          finishReason = 'end';
          break;
        }
        const passed = filter.push(words.push(id));
        if (!passed.stopped && tokenizer?.isSpecial(id)) {
          // Special tokens are not shown, and a stop string may be one.
          const special = filter.push(tokenizer.token(id) ?? '', true);
          passed.text += special.text;
          passed.stopped = special.stopped;
        }
        written += passed.text;
        if (passed.stopped) {
          finishReason = 'stop';
          if (passed.text !== '') yield { text: passed.text };
          break;
        }
        if (passed.text !== '') yield { text: passed.text };
        signal?.throwIfAborted();
        if (ids.length < limit) logits = await state.next(id);
      }
    } finally {
      state.close();
    }
    let rest = '';
    if (finishReason !== 'stop') {
      const last = filter.push(words.flush());
      if (last.stopped) finishReason = 'stop';
      rest = last.text + (last.stopped ? '' : filter.flush());
      written += rest;
    }
    const done: Generation = { text: written, ids, finishReason, promptTokens: promptIds.length };
    yield { text: rest, done };
  };
}

import type { Message } from '@tunesmith/schema';
import { renderChat } from '../chat/render.ts';
import { inspectChatTemplate } from '../chat/inspect.ts';
import { modelsError } from '../errors.ts';
import { checkIds, type BoundModel } from '../language-model/bound.ts';
import type { RecordMeta } from '../record-inputs.ts';
import type { Tokenizer } from '../tokenizer/tokenizer.ts';
import { cacheCapacity, promptColumns, type StartDecoding } from './decoder.ts';
import {
  checkOptions,
  type GenerateOptions,
  type Generation,
  type GenerationPiece,
  type Prompt,
} from './options.ts';
import { noDefaults, type GenerationDefaults } from './defaults.ts';
import type { SamplingOptions } from './sample.ts';
import { textsTogether } from './side-by-side.ts';
import { createWriter, type Writer } from './writer.ts';

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
  const { spec } = bound.model;
  // The encoder has read the prompt, and the decoder begins with its start token.
  const read = spec.kind === 'encoder-decoder' ? 1 : promptTokens;
  return spec.maximumPositions - bound.virtual.count - read + 1;
}

/** Writes texts with a model. */
export interface Generator {
  /** Writes one text piece by piece. `stream` makes the prompt's random numbers independent of the other prompts'. */
  stream(
    prompt: Prompt,
    options: GenerateOptions,
    stream?: number,
  ): AsyncGenerator<GenerationPiece, void>;
  /** Writes a text for each prompt, several side by side; prompt i draws from stream i. */
  generate(prompts: readonly Prompt[], options: GenerateOptions): Promise<Generation[]>;
}

/**
 * Generation with a cache, greedy or by sampling.
 *
 * @param bound the model
 * @param start its decoder
 * @param tokenizer for text prompts, conversations, stop strings and text in the result
 */
export function createGenerator(
  bound: BoundModel,
  start: StartDecoding,
  tokenizer: Tokenizer | undefined,
): Generator {
  const writerOf = (
    prompt: Prompt,
    options: GenerateOptions,
    stream: number,
    record: RecordMeta | undefined,
  ): Writer => {
    checkGenerates(bound);
    checkOptions(options);
    const defaults = tokenizer?.generation ?? noDefaults;
    const { stopIds = [], ignoreEnd = false, seed = 0 } = options;
    const stop = [...(options.stop ?? []), ...defaults.stop];
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
    const wanted =
      options.maximumTokens ??
      defaults.maximumTokens ??
      Math.max(1, (defaults.maximumLength ?? Number.POSITIVE_INFINITY) - promptIds.length);
    const asked = Number.isFinite(wanted) ? wanted : usualTokens;
    return createWriter({
      promptIds,
      limit: Math.min(Math.max(1, asked), roomAfter(bound, promptIds.length)),
      endIds: new Set([...(ignoreEnd ? [] : ends), ...stopIds]),
      stop,
      sampling: withDefaults(options, defaults),
      defaults,
      tokenizer,
      seed,
      stream,
      ...(record ? { record } : {}),
    });
  };

  const writeTogether = async (
    writers: readonly Writer[],
    signal: AbortSignal | undefined,
  ): Promise<void> => {
    signal?.throwIfAborted();
    const group = await start(
      writers.map(({ promptIds }) => promptIds),
      Math.max(...writers.map(({ limit }) => limit)),
      writers.map(({ record }) => record),
    );
    try {
      let logits = group.first;
      let open = writers.map(() => true);
      while (true) {
        const ids = writers.map((writer, row) => {
          if (!open[row]) return undefined;
          const { id, ended } = writer.take(logits[row]!);
          return ended ? undefined : id;
        });
        open = ids.map((id) => id !== undefined);
        if (!open.includes(true)) return;
        signal?.throwIfAborted();
        logits = await group.next(ids);
      }
    } finally {
      group.close();
    }
  };

  return {
    async *stream(prompt, options, stream = 0) {
      const { signal } = options;
      const writer = writerOf(prompt, options, stream, options.records?.[0]);
      signal?.throwIfAborted();
      const group = await start([writer.promptIds], writer.limit, [writer.record]);
      try {
        let [logits] = group.first;
        while (true) {
          const { id, text, ended } = writer.take(logits!);
          if (text !== '') yield { text };
          if (ended) break;
          signal?.throwIfAborted();
          [logits] = await group.next([id]);
        }
      } finally {
        group.close();
      }
      yield writer.finish();
    },
    async generate(prompts, options) {
      const writers = prompts.map((prompt, i) =>
        writerOf(prompt, options, i, options.records?.[i]),
      );
      for (const group of groups(bound, writers)) await writeTogether(group, options.signal);
      return writers.map((writer) => writer.finish().done);
    },
  };
}

/**
 * Writers side by side: those whose prompt and text take the padding and the capacity that each would take alone, so that its
 * numbers are the same in any company.
 */
function groups(bound: BoundModel, writers: readonly Writer[]): Writer[][] {
  const open = new Map<string, Writer[]>();
  const all: Writer[][] = [];
  for (const writer of writers) {
    const { length } = writer.promptIds;
    const capacity = cacheCapacity(bound, length, writer.limit);
    const key = `${promptColumns(bound, length)} ${capacity}`;
    const most = textsTogether(capacity);
    const group = open.get(key);
    if (group && group.length < most) {
      group.push(writer);
      continue;
    }
    const next = [writer];
    open.set(key, next);
    all.push(next);
  }
  return all;
}

function checkGenerates({ model: { spec } }: BoundModel): void {
  if (spec.headKind.kind === 'vocabulary' && spec.kind !== 'encoder') return;
  throw modelsError({
    code: 'cannot-generate',
    message: `a model of type "${spec.modelType}" with ${spec.headKind.kind === 'labels' ? 'a head for labels' : 'an encoder alone'} writes no text`,
    value: spec.modelType,
    accepted: 'a decoder or an encoder-decoder with a head for tokens',
  });
}

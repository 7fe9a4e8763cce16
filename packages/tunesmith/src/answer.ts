import {
  controlTokensIn,
  type GenerateOptions,
  type Generation,
  type GenerationPiece,
  type Tokenizer,
} from '@tunesmith/models';
import {
  isSeveral,
  TunesmithError,
  type Message,
  type Meta,
  type OneOrSeveral,
} from '@tunesmith/schema';
import { warnOfUnchosen } from './adapters.ts';
import { checkAnswer } from './memory.ts';
import { languageModelOf, withLanguageModel } from './session-model.ts';
import { requireTokenizer, type Session, type Warning, type WorkListener } from './session.ts';

/** Who hears of answers being written. */
interface Listeners {
  /** Hears of what a person should know. */
  onWarning?: (warning: Warning) => void;
  /** Hears what begins now. */
  onWork?: WorkListener;
}

/** What is asked of a model. */
export interface AnswerOptions extends GenerateOptions, Listeners {
  /** Prompts: plain text that the model goes on with, or conversations that wait for the assistant. */
  prompts: readonly (string | readonly Message[])[];
  /** What methods read of prompts besides their text: `meta` as records have it, one for all prompts or one for each. */
  meta?: OneOrSeveral<Meta>;
  /** Hears every piece as it is written: prompts are then answered one after the other, and else side by side. */
  onPiece?: (prompt: number, piece: GenerationPiece) => void;
}

/** Refuses answers that this machine cannot hold: of so many prompts side by side. */
function checkRoom(
  { model, placement, device }: Session,
  { maximumTokens = 0, samples = 1, beams = 1 }: GenerateOptions,
  prompts = 1,
): void {
  const texts = prompts * Math.max(samples, beams);
  checkAnswer({
    spec: model.spec,
    maximumTokens,
    prompts: texts,
    precision: placement.precision,
    copies: device.opensAxes ?? false,
  });
}

/** The record of each prompt. @throws TunesmithError `uneven-records` */
export function recordsOf({ meta, prompts }: AnswerOptions): { meta: Meta }[] | undefined {
  if (meta === undefined) return undefined;
  if (!isSeveral(meta)) return prompts.map(() => ({ meta }));
  if (meta.length === prompts.length) return meta.map((one) => ({ meta: one }));
  throw new TunesmithError({
    package: 'tunesmith',
    code: 'uneven-records',
    message: `${prompts.length} prompts have ${meta.length} meta`,
    value: meta.length,
    accepted: 'one for all prompts, or one for each',
  });
}

/** Says what a model's `generation_config.json` asks for and these options do not follow. */
function warn(tokenizer: Tokenizer, options: Listeners & GenerateOptions): void {
  const { ignored, sampling } = tokenizer.generation;
  const say = (message: string): void =>
    options.onWarning?.({ code: 'generation-config-not-followed', message });
  if (ignored.length > 0)
    say(`generation_config.json: ${ignored.join(', ')}: not supported, so not followed`);
  if (sampling.asked && (options.temperature ?? 0) === 0) {
    const temperature = sampling.temperature ?? 1;
    say(
      `generation_config.json samples at temperature ${temperature}; here the most likely token is taken unless a temperature is given`,
    );
  }
}

/** Says which control tokens stand written out in what is asked; a plain text may hold them on purpose. */
function warnOfControlTokens(
  tokenizer: Tokenizer,
  asked: readonly (string | readonly Message[])[],
  { onWarning }: Listeners,
): void {
  const found = asked.map((prompt) =>
    typeof prompt === 'string' ? [] : controlTokensIn(tokenizer, prompt),
  );
  const count = found.filter(({ length }) => length > 0).length;
  if (count === 0) return;
  const tokens = [...new Set(found.flat())].join(', ');
  onWarning?.({
    code: 'control-tokens-in-prompts',
    message: `${count} of ${asked.length} prompts have control tokens of the model written out (${tokens}); they become those tokens, as in transformers`,
  });
}

/**
 * Writes an answer to each prompt (`samples` of them, one after the other), each with random numbers of its own: what a prompt is
 * answered does not depend on the others.
 * Without a temperature the most likely token is taken each time.
 */
export async function answer(session: Session, options: AnswerOptions): Promise<Generation[]> {
  const records = recordsOf(options);
  warn(requireTokenizer(session), options);
  warnOfControlTokens(requireTokenizer(session), options.prompts, options);
  const { prompts, onPiece, onWarning } = options;
  warnOfUnchosen(session.adapters, records ?? [], onWarning);
  checkRoom(session, options, onPiece ? 1 : prompts.length);
  options.onWork?.('answering');
  const sampling = samplingOf(options);
  return await withLanguageModel(session, async (languageModel) => {
    if (!onPiece)
      return languageModel.generate(prompts, { ...sampling, ...(records ? { records } : {}) });
    const results: Generation[][] = prompts.map(() => []);
    for (const [index, prompt] of prompts.entries()) {
      const asked = records ? { ...sampling, records: [records[index]] } : sampling;
      for await (const piece of languageModel.stream(prompt, asked, index)) {
        onPiece(index, piece);
        if (piece.done) results[index]![piece.sample] = piece.done;
      }
    }
    return results.flat();
  });
}

/** A conversation with a model, turn by turn. */
export interface Chat {
  /** What the model is shown of what was said. */
  readonly messages: readonly Message[];
  /**
   * Says something; yields the answer in pieces, and keeps both. Where the model's context is full, the oldest turns leave
   * the conversation first; a system message stays.
   *
   * @throws TunesmithError `sequence-too-long` where what is said is too long by itself; the conversation stays as it was
   */
  say(
    text: string,
    options?: { signal?: AbortSignal },
  ): AsyncGenerator<string, Generation | undefined>;
  /** Forgets everything but the system message. */
  reset(): void;
  close(): Promise<void>;
}

/** How a conversation is held. */
export interface ConversationOptions
  extends Omit<GenerateOptions, 'samples' | 'records'>, Listeners {
  system?: string;
  /** What methods read of every turn besides its text: `meta` as records have it. */
  meta?: Meta;
  /** Hears how many messages left the conversation because the context was full. */
  onForget?: (messages: number) => void;
}

/** Tokens that are kept free for an answer where the model can take so many. */
const roomForAnswer = 64;

/** Keys and values of what was said, so that a turn reads only what is new. */
const prefixCacheBytes = 2 ** 28;

/** A conversation without its oldest turns, so many that an answer has room; the opening and the last message stay. */
function fitting(
  messages: readonly Message[],
  opening: number,
  fits: (messages: readonly Message[]) => boolean,
): readonly Message[] {
  let kept = messages;
  while (!fits(kept)) {
    const next = kept.findIndex((message, i) => i > opening && message.role === 'user');
    if (next < 0) break;
    kept = [...kept.slice(0, opening), ...kept.slice(next)];
  }
  return kept;
}

/** Opens a conversation with the model of a session, which it closes in the end. Each turn has random numbers of its own. */
export async function converse(session: Session, options: ConversationOptions): Promise<Chat> {
  try {
    warn(requireTokenizer(session), options);
    warnOfUnchosen(session.adapters, [{ meta: options.meta }], options.onWarning);
    checkRoom(session, options);
  } catch (error) {
    await session.close();
    throw error;
  }
  const languageModel = await languageModelOf(session, session.adapters, { prefixCacheBytes });
  const opening: Message[] =
    options.system === undefined ? [] : [{ role: 'system', content: options.system }];
  let messages: readonly Message[] = opening;
  let turns = 0;
  const wanted = Math.min(
    options.maximumTokens ?? roomForAnswer,
    Math.ceil(languageModel.model.spec.maximumPositions / 4),
  );
  return {
    get messages() {
      return messages;
    },
    async *say(text, { signal } = {}) {
      const said = { role: 'user', content: text } as const;
      const all: readonly Message[] = [...messages, said];
      warnOfControlTokens(requireTokenizer(session), [[said]], options);
      const asked = fitting(all, opening.length, (some) => languageModel.room(some) >= wanted);
      if (asked.length < all.length) options.onForget?.(all.length - asked.length);
      let result: Generation | undefined;
      const sampling = {
        ...samplingOf(options),
        ...(options.meta ? { records: [{ meta: options.meta }] } : {}),
        ...(signal ? { signal } : {}),
      };
      for await (const piece of languageModel.stream(asked, sampling, turns++)) {
        if (piece.text !== '') yield piece.text;
        result = piece.done ?? result;
      }
      // An answer that was cut short by the signal is not kept: the question may be asked again.
      if (result) messages = [...asked, { role: 'assistant', content: result.text }];
      return result;
    },
    reset() {
      messages = opening;
    },
    async close() {
      await languageModel.dispose();
      await session.close();
    },
  };
}

/** Every option of a generation but the records, which are told as `meta`. */
const samplingKeys: Readonly<Record<Exclude<keyof GenerateOptions, 'records'>, true>> = {
  maximumTokens: true,
  samples: true,
  output: true,
  logProbabilities: true,
  stop: true,
  stopIds: true,
  ignoreEnd: true,
  seed: true,
  places: true,
  signal: true,
  temperature: true,
  topK: true,
  topP: true,
  minP: true,
  typicalP: true,
  epsilonCutoff: true,
  etaCutoff: true,
  logitBias: true,
  sequenceBias: true,
  repetitionPenalty: true,
  presencePenalty: true,
  frequencyPenalty: true,
  promptRepetitionPenalty: true,
  noRepeat: true,
  promptNoRepeat: true,
  badWords: true,
  suppressed: true,
  suppressedFirst: true,
  minimumTokens: true,
  minimumLength: true,
  forcedFirst: true,
  forcedEnd: true,
  endGrowth: true,
  beams: true,
  lengthPenalty: true,
  earlyStopping: true,
  renormalized: true,
};

/** The options that the model's generation takes, of those that were given. */
function samplingOf(options: GenerateOptions): GenerateOptions {
  const given = Object.entries(options).filter(
    ([key, value]) => value !== undefined && Object.hasOwn(samplingKeys, key),
  );
  return Object.fromEntries(given);
}

import type { GenerateOptions, Generation, GenerationPiece } from '@tunesmith/models';
import type { Message } from '@tunesmith/schema';
import { checkAnswer } from './memory.ts';
import { languageModelOf, openSession, requireTokenizer, type ModelOptions } from './session.ts';

/** What {@link generate} takes. */
export interface GenerateJobOptions extends ModelOptions, GenerateOptions {
  /** Prompts: plain text that the model goes on with, or conversations that wait for the assistant. */
  prompts: readonly (string | readonly Message[])[];
  /** Hears every piece as it is written. */
  onPiece?: (prompt: number, piece: GenerationPiece) => void;
}

/** Writes an answer to each prompt, one after the other. Without a temperature the most likely token is taken each time. */
export async function generate(options: GenerateJobOptions): Promise<Generation[]> {
  const session = await openSession(options);
  try {
    requireTokenizer(session);
    checkAnswer(session.model.spec, options.maximumTokens ?? 0);
    const languageModel = languageModelOf(session);
    options.onWork?.('answering');
    const results: Generation[] = [];
    for (const [index, prompt] of options.prompts.entries()) {
      for await (const piece of languageModel.stream(prompt, samplingOf(options))) {
        options.onPiece?.(index, piece);
        if (piece.done) results.push(piece.done);
      }
    }
    return results;
  } finally {
    await session.close();
  }
}

/** A conversation with a model, turn by turn. */
export interface Chat {
  /** Everything said so far. */
  readonly messages: readonly Message[];
  /** Says something; yields the answer in pieces, and keeps both. */
  say(
    text: string,
    options?: { signal?: AbortSignal },
  ): AsyncGenerator<string, Generation | undefined>;
  /** Forgets everything but the system message. */
  reset(): void;
  close(): Promise<void>;
}

/** Opens a conversation with a model. */
export async function chat(
  options: ModelOptions & GenerateOptions & { system?: string },
): Promise<Chat> {
  const session = await openSession(options);
  try {
    requireTokenizer(session);
    checkAnswer(session.model.spec, options.maximumTokens ?? 0);
  } catch (error) {
    await session.close();
    throw error;
  }
  const languageModel = languageModelOf(session);
  const opening: Message[] =
    options.system === undefined ? [] : [{ role: 'system', content: options.system }];
  let messages = [...opening];
  return {
    get messages() {
      return messages;
    },
    async *say(text, { signal } = {}) {
      const asked: Message[] = [...messages, { role: 'user', content: text }];
      let result: Generation | undefined;
      for await (const piece of languageModel.stream(asked, {
        ...samplingOf(options),
        ...(signal ? { signal } : {}),
      })) {
        if (piece.text !== '') yield piece.text;
        result = piece.done ?? result;
      }
      // An answer that was cut short by the signal is not kept: the question may be asked again.
      if (result) messages = [...asked, { role: 'assistant', content: result.text }];
      return result;
    },
    reset() {
      messages = [...opening];
    },
    close: () => session.close(),
  };
}

const samplingKeys = [
  'maximumTokens',
  'temperature',
  'topK',
  'topP',
  'repetitionPenalty',
  'stop',
  'stopIds',
  'ignoreEnd',
  'seed',
  'signal',
] as const satisfies readonly (keyof GenerateOptions)[];

/** The options that the model's generation takes, of those that were given. */
function samplingOf(options: GenerateOptions): GenerateOptions {
  const given = samplingKeys.filter((key) => options[key] !== undefined);
  return Object.fromEntries(given.map((key) => [key, options[key]])) as GenerateOptions;
}

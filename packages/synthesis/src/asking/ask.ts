import { contentText } from '@tunesmith/datasets';
import type { ChatModel, Message, ResponseAnswer, ResponseOptions } from '@tunesmith/schema';

/**
 * One answer to a prompt. Where the prompt begins the answer, what is returned has the line that it broke off in, so that a list which
 * ends with `9.` goes on with an item that has its number.
 *
 * @param messages of {@link promptOf}
 */
export async function ask(
  model: ChatModel,
  messages: readonly Message[],
  options: Omit<ResponseOptions, 'count'> = {},
): Promise<ResponseAnswer> {
  const { answers } = await model.respond(messages, options);
  const { text, finish } = answers[0] ?? { text: '', finish: 'other' };
  const last = messages.at(-1);
  const begun = last?.role === 'assistant' ? contentText(last) : '';
  return { text: `${begun.slice(begun.lastIndexOf('\n') + 1)}${text}`, finish };
}

/** The options of a request with the signal of the job. */
export function within<Options extends ResponseOptions>(
  options: Options,
  signal: AbortSignal | undefined,
): Options {
  return signal ? { ...options, signal } : options;
}

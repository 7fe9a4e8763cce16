import type { ChatModel, ResponseAnswer, ResponseOptions } from '@tunesmith/schema';

/** One answer to one text. */
export async function ask(
  model: ChatModel,
  text: string,
  options: Omit<ResponseOptions, 'count'> = {},
): Promise<ResponseAnswer> {
  const { answers } = await model.respond([{ role: 'user', content: text }], options);
  return answers[0] ?? { text: '', finish: 'other' };
}

/** The options of a request with the signal of the job. */
export function within<Options extends ResponseOptions>(
  options: Options,
  signal: AbortSignal | undefined,
): Options {
  return signal ? { ...options, signal } : options;
}

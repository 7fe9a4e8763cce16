import type { ChatModel, DataRecord, JSONSchema } from '@tunesmith/schema';
import { isConversation, isInstance } from '@tunesmith/schema';
import { contentText, isLearned } from '../../text-of.ts';

/** One question and its answer. */
export interface Exchange {
  readonly prompt: string;
  readonly answer: string;
}

/** The exchanges of a record in order, each with what was said since the one before; none of tokens. */
export function exchangesOf(record: DataRecord): Exchange[] {
  if (isInstance(record)) {
    const { history = [], instruction, input, output } = record;
    const prompt = input ? `${instruction}\n\n${input}` : instruction;
    return [
      ...history.map((one) => ({ prompt: one.instruction, answer: one.output })),
      { prompt, answer: output },
    ];
  }
  if (!isConversation(record)) return [];
  const exchanges: Exchange[] = [];
  let said: string[] = [];
  for (const message of record.messages) {
    if (!isLearned(message)) {
      said.push(contentText(message));
      continue;
    }
    exchanges.push({ prompt: said.join('\n\n'), answer: contentText(message) });
    said = [];
  }
  return exchanges;
}

/** The option that names the language model that is asked. */
export const chatModelOption: JSONSchema = {
  anyOf: [
    { type: 'string', minLength: 1 },
    { type: 'object', properties: { name: { type: 'string' } }, required: ['name'] },
  ],
  description: 'The chat model that is asked, as { name: …, … }.',
};

/** A question with `{prompt}` and `{answer}` in the places of both. */
export function filledIn(question: string, exchange: Exchange): string {
  return question.replaceAll(/\{(prompt|answer)\}/g, (_, name: keyof Exchange) => exchange[name]);
}

/**
 * Asks for a number: the first one in the answer's first line, or else after the word score.
 *
 * @param prompt with `{prompt}` and `{answer}` in the places of both
 * @returns undefined where the answer has no number between the two bounds
 */
export async function askForScore(
  model: ChatModel,
  prompt: string,
  exchange: Exchange,
  [least, most]: readonly [number, number],
): Promise<number | undefined> {
  const content = filledIn(prompt, exchange);
  const { answers } = await model.respond([{ role: 'user', content }], {
    temperature: 0,
    maxTokens: 64,
  });
  const text = answers[0]?.text.trim() ?? '';
  const number = /-?\d+(?:\.\d+)?/.exec(text.split('\n', 1)[0]!)?.[0];
  const after = /score\W{0,8}(-?\d+(?:\.\d+)?)/i.exec(text)?.[1];
  const score = Number(number ?? after ?? Number.NaN);
  return score >= least && score <= most ? score : undefined;
}

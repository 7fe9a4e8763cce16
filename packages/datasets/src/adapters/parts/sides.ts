import type { JSONSchema, Message } from '@tunesmith/schema';
import { isLearned } from '../../text-of.ts';
import { convertMessage, messageSchema, type RawMessage } from '../messages.ts';
import { unusable } from './unusable-row.ts';

/** JSON Schema of one side of a row, what is given or what is answered: a text, or messages. */
export function sideSchema(description: string, minLength = 0): JSONSchema {
  return {
    description: `${description} A text, or messages.`,
    anyOf: [
      { type: 'string', minLength },
      { type: 'array', minItems: 1, items: messageSchema },
    ],
  };
}

/** One side of a row: a text, or messages as rows have them. */
export type Side = string | RawMessage[];

/** What is given, as messages of which none is learned. */
export function promptMessages(side: Side): Message[] {
  if (typeof side === 'string') return [{ role: 'user', content: side }];
  return side.map((raw) => {
    const message = convertMessage(raw);
    return message.role === 'assistant' ? { ...message, train: false } : message;
  });
}

/** What is answered, as messages. */
export function answerMessages(side: Side): Message[] {
  if (typeof side === 'string') return [{ role: 'assistant', content: side }];
  return side.map(convertMessage);
}

/**
 * A conversation as the messages up to the last one of the user, none of which is learned, and the answer after them.
 *
 * @throws TunesmithError `unusable-row` where something else is learned than the answer
 */
export function sidesOf(
  messages: readonly Message[],
  format: string,
  id: string,
): { prompt: Message[]; answer: Message[] } {
  const split = messages.findLastIndex(({ role }) => role === 'user') + 1;
  const [prompt, answer] = [messages.slice(0, split), messages.slice(split)];
  const others = [
    ...prompt.filter(isLearned),
    ...answer.filter((message) => isLearned(message) !== (message.role === 'assistant')),
  ];
  if (split === 0 || answer.length === 0 || others.length > 0)
    throw unusable(`${format} rows learn the last answer and nothing else`, {
      value: id,
      accepted: 'earlier turns with train: false, or one exchange',
    });
  return { prompt: prompt.map(withoutMark), answer: answer.map(withoutMark) };
}

/** A message without the mark that says whether it is learned, which its side says. */
function withoutMark(message: Message): Message {
  const { train: _, ...said } = message;
  return said;
}

/** Two sides as texts where they are one message of the user and answers of one text; undefined where not. */
export function plainTexts(
  prompt: readonly Message[],
  ...answers: readonly (readonly Message[])[]
): string[] | undefined {
  const texts = [prompt, ...answers].map((messages) => {
    const [only, ...more] = messages;
    if (!only || more.length > 0 || only.tool_calls || only.name !== undefined) return undefined;
    return typeof only.content === 'string' ? only.content : undefined;
  });
  return texts.every((text) => text !== undefined) ? texts : undefined;
}

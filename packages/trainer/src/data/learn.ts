import { renderChat, type Span, type Tokenizer } from '@tunesmith/models';
import type { Conversation, Message } from '@tunesmith/schema';

/**
 * Which part of a conversation is learned: all answers, the last of them, or every token.
 *
 * `train: false` takes an answer, or a piece of it, out of each of them.
 */
export const learnable = ['answers', 'last-answer', 'everything'] as const;

/** One of {@link learnable}. */
export type Learn = (typeof learnable)[number];

/** Whether a message, or a piece of it, is learned by its own word. */
export function isLearned({ role, train, content }: Message): boolean {
  if (role !== 'assistant') return false;
  if (typeof content === 'string') return train !== false;
  return content.some((part) => part.type === 'text' && (part.train ?? train !== false));
}

/** Messages of which only what is to be learned asks for it. */
export function asLearned(messages: readonly Message[], learn: Learn): readonly Message[] {
  if (learn !== 'last-answer') return messages;
  const last = messages.findLastIndex(isLearned);
  return messages.map((message, i) => (i === last ? message : unlearned(message)));
}

/**
 * Where the answers stand in a rendered text that are not learned though everything else is.
 *
 * @returns the spans, and the messages whose place the text does not tell
 */
export function heldOut(
  tokenizer: Tokenizer,
  messages: readonly Message[],
  tools: Conversation['tools'],
): { spans: readonly Span[]; unplaced: readonly number[] } {
  const turned = messages.map(inverted);
  if (!turned.some(isLearned)) return { spans: [], unplaced: [] };
  return renderChat(tokenizer, turned, tools ? { tools } : {});
}

function unlearned(message: Message): Message {
  return message.role === 'assistant'
    ? withParts({ ...message, train: false }, () => false)
    : message;
}

/** The message with what was learned held out, and the other way round. */
function inverted(message: Message): Message {
  if (message.role !== 'assistant') return message;
  const learned = message.train !== false;
  return withParts({ ...message, train: !learned }, (train = learned) => !train);
}

function withParts(message: Message, change: (train?: boolean) => boolean): Message {
  if (typeof message.content === 'string') return message;
  const content = message.content.map((part) =>
    part.type === 'text' ? { ...part, train: change(part.train) } : part,
  );
  return { ...message, content };
}

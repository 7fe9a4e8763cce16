import type { Message } from '@tunesmith/schema';
import { checkTurns } from './turns.ts';

/** Texts of user and assistant in turn as messages. @throws TunesmithError `unusable-row` where the user has the last word */
export function turnsInTurn(texts: readonly string[]): Message[] {
  const messages = texts.map((content, index): Message => ({
    role: index % 2 === 0 ? 'user' : 'assistant',
    content,
  }));
  checkTurns(messages);
  return messages;
}

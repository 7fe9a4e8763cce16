import type { Message } from '@tunesmith/schema';
import { unusable } from './unusable-row.ts';

/**
 * Checks the order of turns: a system prompt at most once and first; then a user; speakers take
 * turns (a user or tool is answered by the assistant; several tools may answer one call); the
 * assistant has the last word.
 *
 * @throws TunesmithError `unusable-row` naming the first turn out of order.
 */
export function checkTurns(messages: readonly Message[]): void {
  const turns = messages[0]?.role === 'system' ? messages.slice(1) : messages;
  const accepted = 'an optional system prompt, then user and assistant in turn, the assistant last';
  if (turns.length === 0) throw unusable('the conversation has no turns', { accepted });
  const offset = messages.length - turns.length;
  for (const [index, { role }] of turns.entries()) {
    const before = turns[index - 1]?.role;
    const fits =
      role === 'user'
        ? before === undefined || before === 'assistant'
        : role === 'assistant'
          ? before === 'user' || before === 'tool'
          : role === 'tool'
            ? before === 'assistant' || before === 'tool'
            : false;
    if (fits) continue;
    const place = before === undefined ? 'comes first' : `follows ${before}`;
    throw unusable(`odd turn order: ${role} ${place}`, {
      value: `turn ${index + offset + 1}`,
      accepted,
    });
  }
  const last = turns.at(-1)!.role;
  if (last !== 'assistant')
    throw unusable(`odd turn order: ${last} comes last`, { value: last, accepted });
}

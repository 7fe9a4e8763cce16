import type { Message } from '@tunesmith/schema';
import { unusable } from './unusable-row.ts';

const speakers = /\n\n(Human|Assistant):[ ]?/;

/**
 * A talk written out as one text, each turn after an empty line and `Human:` or `Assistant:`, as messages.
 *
 * @throws TunesmithError `unusable-row` where the text does not begin so
 */
export function transcriptTurns(transcript: string): Message[] {
  const [before, ...pieces] = transcript.split(speakers);
  if (before!.trim() !== '' || pieces.length < 2) {
    throw unusable('the prompt cannot be told from the answers', {
      value: transcript.slice(0, 80),
      accepted: 'a prompt of its own, messages, or a text of turns after "Human:" and "Assistant:"',
    });
  }
  return Array.from({ length: pieces.length / 2 }, (_, index): Message => ({
    role: pieces[2 * index] === 'Human' ? 'user' : 'assistant',
    content: pieces[2 * index + 1]!,
  }));
}

import type { Message } from '@tunesmith/schema';
import { modelsError } from '../errors.ts';
import { blockEnd, blockStart } from './template.ts';

/** Stands for a place in a message's content while a turn is looked for; no text may contain it. */
export const placeMark = '\uFDD2';

/** A message as a template sees it. */
export interface Turn {
  readonly role: string;
  readonly content: string;
  /** Whether the model must learn to write it. */
  readonly train: boolean;
  /** What a message has besides: `tool_calls`, `name`, `tool_call_id`. */
  readonly more: Readonly<Record<string, unknown>>;
}

const reserved = new RegExp(`[${blockStart}${blockEnd}${placeMark}]`);

/**
 * Messages as turns.
 *
 * @throws `unsupported-part` for what is not text, `unsupported-character` for the characters that mark places,
 * `unsupported-training-turn` where somebody else than the assistant is to be learned
 */
export function readTurns(messages: readonly Message[]): Turn[] {
  return messages.map((message) => {
    const { role, content: _, train, ...rest } = message;
    // As in transformers 5.24: templates ask whether a key is there, and would write "None".
    const present = Object.entries(rest).filter(([, value]) => value !== null);
    const more = Object.fromEntries(present);
    const content = textOf(message);
    if (reserved.test(content)) {
      throw modelsError({
        code: 'unsupported-character',
        message: `a ${role} message holds U+FDD0, U+FDD1 or U+FDD2, which are no characters`,
        value: content,
      });
    }
    if (train === true && role !== 'assistant') {
      throw modelsError({
        code: 'unsupported-training-turn',
        message: `a ${role} message asks to be trained`,
        value: role,
        accepted: ['assistant'],
      });
    }
    return { role, content, train: role === 'assistant' && train !== false, more };
  });
}

/** The text of a message; this package's models read text only. */
function textOf(message: Message): string {
  if (typeof message.content === 'string') return message.content;
  return message.content
    .map((part) => {
      if (part.type === 'text') return part.text;
      throw modelsError({
        code: 'unsupported-part',
        message: `a ${message.role} message holds a part of type "${part.type}"`,
        value: part.type,
        accepted: ['text'],
      });
    })
    .join('');
}

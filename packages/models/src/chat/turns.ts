import { showValue, type Message, type Part } from '@tunesmith/schema';
import { modelsError } from '../errors.ts';
import type { Span } from './spans.ts';
import { blockEnd, blockStart } from './template.ts';

/** Stands for a place in a message's content while a turn is looked for; no text may contain it. */
export const placeMark = '\uFDD2';

/** A message as a template sees it. */
export interface Turn {
  readonly role: string;
  readonly content: string;
  /** Whether the model must learn to write it, or some of it. */
  readonly train: boolean;
  /** Pieces of the content in order, all of it, where some are learned and some are not. */
  readonly pieces?: readonly ContentPiece[];
  /** What a message has besides: `tool_calls`, `name`, `tool_call_id`. */
  readonly more: Readonly<Record<string, unknown>>;
}

/** Characters `[start, end)` of a content, and whether the model must learn to write them. */
export interface ContentPiece extends Span {
  readonly train: boolean;
}

const reserved = new RegExp(`[${blockStart}${blockEnd}${placeMark}]`);

/**
 * Messages as turns.
 *
 * @throws `invalid-conversation` for what is no message, `unsupported-part` for what is not text, `unsupported-character` for the characters that mark places,
 * `unsupported-training-turn` where somebody else than the assistant is to be learned
 */
export function readTurns(messages: readonly Message[]): Turn[] {
  return messages.map((message, i) => {
    checkMessage(message, i);
    const { role, content: parts, train, ...rest } = message;
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
    const pieces = piecesOf(parts, role === 'assistant' && train !== false);
    const asks = train === true || pieces.some((piece) => piece.train);
    if (asks && role !== 'assistant') {
      throw modelsError({
        code: 'unsupported-training-turn',
        message: `a ${role} message asks to be trained`,
        value: role,
        accepted: ['assistant'],
      });
    }
    const learned = pieces.some((piece) => piece.train);
    const mixed = learned && pieces.some((piece) => !piece.train);
    return { role, content, train: learned, ...(mixed ? { pieces } : {}), more };
  });
}

function checkMessage(message: unknown, i: number): void {
  const { role, content } = (message ?? {}) as Partial<Message>;
  const isText = typeof content === 'string' || Array.isArray(content);
  if (typeof role === 'string' && isText) return;
  const wrong = typeof role === 'string' ? { content } : { role };
  const [[name, value]] = Object.entries(wrong) as [[string, unknown]];
  throw modelsError({
    code: 'invalid-conversation',
    message: `message ${i + 1} has ${value === undefined ? 'no' : `${showValue(value)} as`} ${name}`,
    value: message,
    accepted: 'a role, and a content of text or parts',
  });
}

/** The pieces of a content, each learned as it says itself, or else as its message. */
function piecesOf(content: string | readonly Part[], learned: boolean): ContentPiece[] {
  if (typeof content === 'string') return [{ start: 0, end: content.length, train: learned }];
  let end = 0;
  return content.flatMap((part) =>
    part.type === 'text'
      ? [{ start: end, end: (end += part.text.length), train: part.train ?? learned }]
      : [],
  );
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

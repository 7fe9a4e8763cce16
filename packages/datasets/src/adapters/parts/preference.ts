import {
  isConversation,
  type Conversation,
  type DataRecord,
  type RowContext,
} from '@tunesmith/schema';

/** Notes aloud that a row's worse answer is kept and that nothing here learns from it. */
export function noteRejected({ note }: RowContext): void {
  note?.(
    'the rejected answer is kept in the record; training learns the chosen one alone',
    'rejected-not-learned',
  );
}

/** A conversation whose last answer is good, or bad: a bad one is not learned, which is noted aloud. */
export function judged(
  conversation: Conversation,
  good: boolean | undefined,
  { note }: RowContext,
): Conversation {
  if (good !== false) return conversation;
  note?.('a bad answer is not learned', 'bad-answer');
  const last = { ...conversation.messages.at(-1)!, train: false };
  return { ...conversation, messages: [...conversation.messages.slice(0, -1), last] };
}

/** The way back: a record without the mark on its last answer, and whether `meta.preferred` says that it is good. */
export function withoutJudgement(record: DataRecord): {
  plain: DataRecord;
  preferred: boolean | undefined;
} {
  const preferred = record.meta?.['preferred'];
  if (typeof preferred !== 'boolean') return { plain: record, preferred: undefined };
  if (preferred || !isConversation(record)) return { plain: record, preferred };
  const { train: _, ...last } = record.messages.at(-1)!;
  return { plain: { ...record, messages: [...record.messages.slice(0, -1), last] }, preferred };
}

import { isConversation, type DatasetAdapter } from '@tunesmith/schema';
import { isLearned } from '../text-of.ts';
import { extraMeta, metaColumn } from './parts/extra-meta.ts';
import { filledText, idField, idOf } from './parts/fields.ts';
import { unusable } from './parts/unusable-row.ts';
import { rejectedIsLost, textTurns } from './parts/written.ts';

/**
 * Rows of TRL's type language modeling, `{ text }`: a text that is learned whole and answers nobody. It becomes a conversation of
 * one message of the assistant, which training reads without a chat template. Found where rows have no other key than `id`
 * and `meta`; named, it reads any row with a text.
 *
 * @see TRL, docs/source/dataset_formats.md, "language modeling"
 */
export const text: DatasetAdapter = {
  specVersion: 2,
  name: 'text',
  description:
    'Rows { text }, texts that are learned whole, as TRL has them for language modeling.',
  alone: true,
  row: {
    type: 'object',
    required: ['text'],
    properties: { id: idField, text: filledText('What is learned.') },
  },
  convert(row, context) {
    const { id, text: content, ...rest } = row as unknown as TextRow;
    return {
      id: idOf(id, context.id),
      messages: [{ role: 'assistant', content }],
      ...extraMeta(rest),
    };
  },
  write(record, { note, ...context }) {
    const { id, messages, tools, rejected, meta } = textTurns(record, 'text', context);
    const [only, ...more] = messages;
    const isText = isConversation(record) && only?.role === 'assistant' && isLearned(only);
    if (!isText || more.length > 0 || tools)
      throw unusable('text rows hold one text that answers nobody and is learned', {
        value: id,
        accepted: 'conversations of one message of the assistant',
      });
    if (only.content === '')
      throw unusable('text rows hold no empty text', { value: id, accepted: 'a text' });
    if (rejected) note?.(rejectedIsLost);
    return { id, text: only.content, ...metaColumn(meta) };
  },
};

interface TextRow {
  id?: string | number;
  text: string;
  [key: string]: unknown;
}

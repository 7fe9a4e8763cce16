import { isTokenized, type DatasetAdapter } from '@tunesmith/schema';
import { toConversation } from '../templates/to-conversation.ts';
import { checkTurns } from './parts/turns.ts';
import { unusable } from './parts/unusable-row.ts';
import { rejectedIsLost, tokensAsText } from './parts/written.ts';
import { sharegpt, writeShareGpt } from './sharegpt.ts';

const { id, conversations, image } = sharegpt.row.properties!;

/**
 * Rows of LLaVA, `{ id, image?, conversations: [{ from, value }] }`: turns of human and gpt in which `<image>` stands for
 * the picture whose path is `image`. The path stays as it is. Rows without a picture are plain talks.
 *
 * @see Liu et al. 2023, Visual Instruction Tuning; LLaVA, docs/Finetune_Custom_Data.md
 */
export const llava: DatasetAdapter = {
  specVersion: 2,
  name: 'llava',
  description: 'Rows { id, image?, conversations } with <image> in a turn, as LLaVA has them.',
  over: ['sharegpt'],
  marks: ['image'],
  row: {
    type: 'object',
    required: ['conversations'],
    properties: { id: id!, image: image!, conversations: conversations! },
  },
  convert: (row, context) => sharegpt.convert(row, context),
  write(record, context) {
    if (isTokenized(record)) throw tokensAsText(record.id);
    const { rejected, ...conversation } = toConversation(record, context.template);
    checkTurns(conversation.messages);
    if (conversation.tools || conversation.messages.some(({ role }) => role === 'tool'))
      throw unusable('llava rows hold no tools', { value: record.id, accepted: 'no tools' });
    if (rejected) context.note?.(rejectedIsLost);
    const { images = [], ...row } = writeShareGpt(conversation, 'llava', context);
    if (images.length === 0) return row;
    return { ...row, image: images.length === 1 ? images[0] : images };
  },
};

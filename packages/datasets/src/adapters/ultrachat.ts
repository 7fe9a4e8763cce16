import type { DatasetAdapter } from '@tunesmith/schema';
import { extraMeta, metaColumn } from './parts/extra-meta.ts';
import { idField, idOf, texts } from './parts/fields.ts';
import { turnsInTurn } from './parts/in-turn.ts';
import { alternatingTexts } from './parts/written.ts';

/**
 * Rows of UltraChat, `{ id, data: [text, text, …] }`: what user and assistant say in turn.
 *
 * @see Ding et al. 2023, Enhancing Chat Language Models by Scaling High-quality Instructional Conversations
 */
export const ultrachat: DatasetAdapter = {
  specVersion: 2,
  name: 'ultrachat',
  description: 'Rows { id, data: [text, …] } of user and assistant in turn, as UltraChat.',
  row: {
    type: 'object',
    required: ['data'],
    properties: {
      id: idField,
      data: { ...texts('What user and assistant say in turn, the user first.'), minItems: 1 },
    },
  },
  convert(row, context) {
    const { id, data, ...rest } = row as unknown as UltraChatRow;
    return { id: idOf(id, context.id), messages: turnsInTurn(data), ...extraMeta(rest) };
  },
  write(record, context) {
    const { turns, meta } = alternatingTexts(record, 'ultrachat', context);
    return { id: record.id, data: turns, ...metaColumn(meta) };
  },
};

interface UltraChatRow {
  id?: string | number;
  data: string[];
  [key: string]: unknown;
}

import type { DatasetAdapter } from '@tunesmith/schema';
import { extraMeta, metaColumn } from './parts/extra-meta.ts';
import { idField, idOf, text, texts } from './parts/fields.ts';
import { turnsInTurn } from './parts/in-turn.ts';
import { alternatingTexts } from './parts/written.ts';

/**
 * Rows of LIMA, `{ conversations: [text, text, …], source }`: what user and assistant say in turn.
 *
 * @see Zhou et al. 2023, LIMA: Less Is More for Alignment
 */
export const lima: DatasetAdapter = {
  specVersion: 2,
  name: 'lima',
  description: 'Rows { conversations: [text, …], source? } of user and assistant in turn, as LIMA.',
  row: {
    type: 'object',
    required: ['conversations'],
    properties: {
      id: idField,
      conversations: {
        ...texts('What user and assistant say in turn, the user first.'),
        minItems: 1,
      },
      source: text('Where it was found.'),
    },
  },
  convert(row, context) {
    const { id, conversations, source, ...rest } = row as unknown as LimaRow;
    return {
      id: idOf(id, context.id),
      messages: turnsInTurn(conversations),
      ...extraMeta(rest, { source }),
    };
  },
  write(record, context) {
    const { turns, meta } = alternatingTexts(record, 'lima', context);
    const source = meta?.source;
    return {
      id: record.id,
      conversations: turns,
      ...(source === undefined ? {} : { source }),
      ...metaColumn(meta, ['source']),
    };
  },
};

interface LimaRow {
  id?: string | number;
  conversations: string[];
  source?: string;
  [key: string]: unknown;
}

import { isTokenized, TunesmithError, type DatasetAdapter } from '@tunesmith/schema';
import { extraMeta } from './parts/extra-meta.ts';
import { idField, idOf } from './parts/fields.ts';
import { unusable } from './parts/unusable-row.ts';

const integers = (minimum: number, description: string) =>
  ({ type: 'array', minItems: 1, items: { type: 'integer', minimum }, description }) as const;

/**
 * Rows that are tokens already: `{ input_ids, labels, attention_mask? }`, as transformers' data sets
 * have them. Labels are aligned with `input_ids` and shifted inside the model; -100 is not supervised.
 * Padding at either end, where `attention_mask` is 0, is cut off.
 */
export const tokenized: DatasetAdapter = {
  specVersion: 2,
  name: 'tokenized',
  description:
    'Rows { input_ids, labels, attention_mask? } of token numbers, as transformers has them; -100 is not supervised.',
  row: {
    type: 'object',
    required: ['input_ids', 'labels'],
    properties: {
      id: idField,
      input_ids: integers(0, 'Token numbers of the model.'),
      labels: integers(-100, 'The token to learn at each position, or -100.'),
      attention_mask: {
        type: 'array',
        items: { enum: [0, 1] },
        description: '1 for text, 0 for padding.',
      },
    },
  },
  convert(row, context) {
    const {
      id,
      input_ids: ids,
      labels,
      attention_mask: mask,
      ...rest
    } = row as unknown as TokenizedRow;
    for (const [name, list] of [
      ['labels', labels],
      ['attention_mask', mask],
    ] as const) {
      if (list === undefined || list.length === ids.length) continue;
      throw new TunesmithError({
        package: '@tunesmith/datasets',
        code: 'invalid-row',
        message: `${name} has ${list.length} entries and input_ids has ${ids.length}`,
        value: list.length,
        accepted: `${ids.length} entries, one for each token`,
      });
    }
    const first = mask ? mask.indexOf(1) : 0;
    const end = mask ? mask.lastIndexOf(1) + 1 : ids.length;
    if (first < 0)
      throw unusable('only padding', { accepted: 'at least one token with attention_mask 1' });
    if (mask?.slice(first, end).includes(0)) {
      throw unusable('padding between tokens', { accepted: 'attention_mask 0 at the ends alone' });
    }
    return {
      id: idOf(id, context.id),
      input_ids: ids.slice(first, end),
      labels: labels.slice(first, end),
      ...extraMeta(rest),
    };
  },
  write(record) {
    if (isTokenized(record)) return { ...record };
    throw unusable('text has no token numbers before a tokenizer has read it', {
      value: record.id,
      accepted: 'records with input_ids and labels',
    });
  },
};

interface TokenizedRow {
  id?: string | number;
  input_ids: number[];
  labels: number[];
  attention_mask?: number[];
  [key: string]: unknown;
}

import type { DatasetAdapter } from '@tunesmith/schema';
import { extraMeta, metaColumn } from './parts/extra-meta.ts';
import { filledText, idField, idOf, text } from './parts/fields.ts';
import { instanceOf } from './parts/written.ts';

/**
 * Rows of databricks-dolly-15k, `{ instruction, context, response, category }`: the context is the input, the category the
 * task.
 *
 * @see Conover et al. 2023, Free Dolly
 */
export const dolly: DatasetAdapter = {
  specVersion: 2,
  name: 'dolly',
  description: 'Rows { instruction, context?, response, category? }, as Dolly has them.',
  row: {
    type: 'object',
    required: ['instruction', 'response'],
    properties: {
      id: idField,
      instruction: filledText('What to do.'),
      context: text('What to do it to; empty for nothing.'),
      response: text('The answer.'),
      category: text('The kind of task, such as closed_qa.'),
    },
  },
  convert(row, given) {
    const { id, instruction, context, response, category, ...rest } = row as unknown as DollyRow;
    return {
      id: idOf(id, given.id),
      instruction,
      ...(context ? { input: context } : {}),
      output: response,
      ...extraMeta(rest, { task: category }),
    };
  },
  write(record, context) {
    const { id, instruction, input = '', output, meta } = instanceOf(record, 'dolly', context);
    const category = meta?.task;
    return {
      id,
      instruction,
      context: input,
      response: output,
      ...(category === undefined ? {} : { category }),
      ...metaColumn(meta, ['task']),
    };
  },
};

interface DollyRow {
  id?: string | number;
  instruction: string;
  context?: string;
  response: string;
  category?: string;
  [key: string]: unknown;
}

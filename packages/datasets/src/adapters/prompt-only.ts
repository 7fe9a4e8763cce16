import { isConversation, type DatasetAdapter } from '@tunesmith/schema';
import { extraMeta, metaColumn } from './parts/extra-meta.ts';
import { filledText, idField, idOf } from './parts/fields.ts';
import { unusable } from './parts/unusable-row.ts';
import { instanceOf } from './parts/written.ts';

/**
 * Rows of TRL's type prompt-only, `{ prompt }`, a text: something to ask, without an answer. It becomes an instance with
 * an empty output, which is noted: there is nothing to learn until something answers it. Read where it is named: any row
 * with a prompt would fit, whatever its answer is called.
 *
 * @see TRL, docs/source/dataset_formats.md, "prompt-only"
 */
export const promptOnly: DatasetAdapter = {
  specVersion: 2,
  name: 'prompt-only',
  description: 'Rows { prompt }, questions without answers, as TRL has them.',
  named: true,
  row: {
    type: 'object',
    required: ['prompt'],
    properties: { id: idField, prompt: filledText('What is asked.') },
  },
  convert(row, context) {
    const { id, prompt, ...rest } = row as unknown as PromptRow;
    return { id: idOf(id, context.id), instruction: prompt, output: '', ...extraMeta(rest) };
  },
  write(record, context) {
    const { id, instruction, input, output, meta } = instanceOf(record, 'prompt-only', context);
    if (input)
      throw unusable('prompt-only rows hold one text', {
        value: id,
        accepted: 'records without an input; phrase them first',
      });
    if (isConversation(record) || output !== '')
      context.note?.('the answer is not written: the format has no place for it');
    return { id, prompt: instruction, ...metaColumn(meta) };
  },
};

interface PromptRow {
  id?: string | number;
  prompt: string;
  [key: string]: unknown;
}

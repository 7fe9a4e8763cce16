import { isConversation, type DatasetAdapter } from '@tunesmith/schema';
import { extraMeta, metaColumn } from './parts/extra-meta.ts';
import { filledText, idField, idOf, numberOf, texts } from './parts/fields.ts';
import { unusable } from './parts/unusable-row.ts';
import { instanceOf } from './parts/written.ts';

/**
 * Prompts of IFEval, `{ key, prompt, instruction_id_list, kwargs }`: something to ask, without an answer, and what an answer must
 * keep to. It becomes an instance with an empty output; the instructions and their arguments, one for one, are kept in `meta`.
 *
 * @see Zhou et al. 2023, Instruction-Following Evaluation for Large Language Models; google-research, instruction_following_eval
 */
export const ifeval: DatasetAdapter = {
  specVersion: 2,
  name: 'ifeval',
  description:
    'Rows { key, prompt, instruction_id_list, kwargs } of what an answer must keep to, as IFEval.',
  row: {
    type: 'object',
    required: ['key', 'prompt', 'instruction_id_list', 'kwargs'],
    properties: {
      id: idField,
      key: { type: ['integer', 'string'], description: 'Names the prompt.' },
      prompt: filledText('What is asked.'),
      instruction_id_list: texts('What an answer must keep to: length_constraints:number_words, …'),
      kwargs: {
        type: 'array',
        items: { type: 'object' },
        description: 'The arguments of each, in the same order.',
      },
    },
  },
  convert(row) {
    const { id, key, prompt, ...more } = row as unknown as IfevalRow;
    const { instruction_id_list: names, kwargs, ...rest } = more;
    if (names.length !== kwargs.length)
      throw unusable(`there are ${names.length} instructions and ${kwargs.length} kwargs`, {
        value: kwargs.length,
        accepted: 'an object in kwargs for each of instruction_id_list',
      });
    return {
      id: idOf(id, `${key}`),
      instruction: prompt,
      output: '',
      ...extraMeta(rest, {
        key: id === undefined ? undefined : key,
        instruction_id_list: names,
        kwargs,
      }),
    };
  },
  write(record, context) {
    const { id, instruction, input, output, meta } = instanceOf(record, 'ifeval', context);
    if (input)
      throw unusable('ifeval rows hold one text', {
        value: id,
        accepted: 'records without an input; phrase them first',
      });
    if (isConversation(record) || output !== '')
      context.note?.('the answer is not written: the format has no place for it');
    const { key, instruction_id_list: names = [], kwargs = [] } = meta ?? {};
    return {
      ...(key === undefined ? {} : { id }),
      key: key ?? numberOf(id),
      prompt: instruction,
      instruction_id_list: names,
      kwargs,
      ...metaColumn(meta, ['key', 'instruction_id_list', 'kwargs']),
    };
  },
};

interface IfevalRow {
  id?: string | number;
  key: number | string;
  prompt: string;
  instruction_id_list: string[];
  kwargs: Record<string, unknown>[];
  [key: string]: unknown;
}

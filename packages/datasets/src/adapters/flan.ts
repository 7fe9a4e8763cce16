import type { DatasetAdapter } from '@tunesmith/schema';
import { extraMeta, metaColumn } from './parts/extra-meta.ts';
import { filledText, idField, idOf, text } from './parts/fields.ts';
import { exchangeOf } from './parts/written.ts';

/**
 * Records of the Flan Collection as they are published, `{ inputs, targets, task_source?, task_name?, template_type? }`.
 *
 * @see Longpre et al. 2023, The Flan Collection
 */
export const flan: DatasetAdapter = {
  specVersion: 2,
  name: 'flan',
  description: 'Records { inputs, targets, task_name?, template_type? } of the Flan Collection.',
  row: {
    type: 'object',
    required: ['inputs', 'targets'],
    properties: {
      id: idField,
      inputs: filledText('What is asked.'),
      targets: text('The answer.'),
      task_source: text('The collection it is from: Flan2021, P3, NIv2, CoT or Dialog.'),
      task_name: text('The task.'),
      template_type: text(
        'With or without examples and options: zs_opt, zs_noopt, fs_opt, fs_noopt.',
      ),
    },
  },
  convert(row, context) {
    const { id, inputs, targets, ...more } = row as unknown as FlanRow;
    const { task_source: source, task_name: task, template_type: type, ...rest } = more;
    return {
      id: idOf(id, context.id),
      instruction: inputs,
      output: targets,
      ...extraMeta(rest, { source, task, template_type: type }),
    };
  },
  write(record, context) {
    const { asked: inputs, answer: targets, meta } = exchangeOf(record, 'flan', context);
    const { source, task, template_type: type } = meta ?? {};
    return {
      id: record.id,
      inputs,
      targets,
      ...(source === undefined ? {} : { task_source: source }),
      ...(task === undefined ? {} : { task_name: task }),
      ...(type === undefined ? {} : { template_type: type }),
      ...metaColumn(meta, ['source', 'task', 'template_type']),
    };
  },
};

interface FlanRow {
  id?: string | number;
  inputs: string;
  targets: string;
  task_source?: string;
  task_name?: string;
  template_type?: string;
  [key: string]: unknown;
}

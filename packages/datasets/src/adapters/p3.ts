import type { DatasetAdapter } from '@tunesmith/schema';
import { extraMeta, metaColumn } from './parts/extra-meta.ts';
import { filledText, idField, idOf, text, texts } from './parts/fields.ts';
import { unusable } from './parts/unusable-row.ts';
import { exchangeOf } from './parts/written.ts';

const numbers = (description: string) =>
  ({
    anyOf: [{ type: 'array', items: { type: 'integer' } }, { type: 'string' }],
    description,
  }) as const;

/**
 * Records of P3, `{ inputs_pretokenized, targets_pretokenized, answer_choices?, inputs?, targets? }`, as T0's tasks and the
 * Flan Collection's have them after seqio. The texts become an instance, the choices `meta.choices`; `inputs` and
 * `targets`, the tokens of another model or the texts again, are not used. A choice that is not the right one
 * (`is_correct: false`, where each choice has a record of its own to be scored) is an `unusable-row`.
 *
 * `_task_name`, `_task_source`, `_template` and `_template_type` of the Flan Collection go to `meta`.
 *
 * @see Sanh et al. 2022, Multitask Prompted Training Enables Zero-Shot Task Generalization; t-zero, t0/seqio_tasks
 */
export const p3: DatasetAdapter = {
  specVersion: 2,
  name: 'p3',
  description: 'Records { inputs_pretokenized, targets_pretokenized, answer_choices? } of P3.',
  over: ['flan'],
  row: {
    type: 'object',
    required: ['inputs_pretokenized', 'targets_pretokenized'],
    properties: {
      id: idField,
      inputs_pretokenized: filledText('What is asked.'),
      targets_pretokenized: text('The answer.'),
      answer_choices: texts('The closed set of answers.'),
      inputs: numbers('What is asked as tokens of another model; not used.'),
      targets: numbers('The answer as tokens of another model; not used.'),
      idx: {
        type: 'array',
        items: { type: 'integer' },
        description: 'Number of the example and of the choice.',
      },
      is_correct: { type: 'boolean', description: 'Whether this choice is the right one.' },
      weight: {
        type: 'number',
        description: 'Weight of the record when it is scored; 1 is usual.',
      },
      _task_name: text('The task.'),
      _task_source: text('The collection it is from.'),
      _template: text('The template.'),
      _template_type: text('With or without examples and options, such as zs_opt.'),
      _template_idx: { type: 'integer', description: 'Number of the template.' },
    },
  },
  convert(row, context) {
    const {
      id,
      inputs_pretokenized: asked,
      targets_pretokenized: answer,
      answer_choices: choices,
      inputs: _,
      targets: __,
      is_correct: right,
      _task_name: task,
      _task_source: source,
      _template: template,
      _template_type: templateType,
      _template_idx: templateIndex,
      ...rest
    } = row as unknown as P3Row;
    if (right === false)
      throw unusable('a choice that is not the right one', {
        value: answer.slice(0, 80),
        accepted: 'records whose is_correct is true or absent',
      });
    return {
      id: idOf(id, context.id),
      instruction: asked,
      output: answer,
      ...extraMeta(rest, {
        source,
        task,
        template,
        template_type: templateType,
        template_index: templateIndex,
        choices: choices?.length ? choices : undefined,
      }),
    };
  },
  write(record, context) {
    const { asked, answer, meta } = exchangeOf(record, 'p3', context);
    const own = Object.entries(columns).flatMap(([column, key]) =>
      meta?.[key] === undefined ? [] : [[column, meta[key]]],
    );
    return {
      id: record.id,
      inputs_pretokenized: asked,
      targets_pretokenized: answer,
      ...Object.fromEntries(own),
      ...metaColumn(meta, Object.values(columns)),
    };
  },
};

/** Columns, and the key of meta that each is. */
const columns = {
  answer_choices: 'choices',
  _task_source: 'source',
  _task_name: 'task',
  _template: 'template',
  _template_type: 'template_type',
  _template_idx: 'template_index',
} as const;

interface P3Row {
  id?: string | number;
  inputs_pretokenized: string;
  targets_pretokenized: string;
  answer_choices?: string[];
  inputs?: unknown;
  targets?: unknown;
  is_correct?: boolean;
  _task_name?: string;
  _task_source?: string;
  _template?: string;
  _template_type?: string;
  _template_idx?: number;
  [key: string]: unknown;
}

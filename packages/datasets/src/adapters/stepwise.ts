import { isTokenized, type DatasetAdapter } from '@tunesmith/schema';
import { extraMeta, metaColumn } from './parts/extra-meta.ts';
import { filledText, idField, idOf, texts } from './parts/fields.ts';
import { unusable } from './parts/unusable-row.ts';
import { tokensAsText } from './parts/written.ts';

/**
 * Rows of TRL's type stepwise supervision, `{ prompt, completions, labels }`: the steps of an answer, and whether each is
 * right. The steps become one answer with a line each and stay in `meta.steps`; one with a wrong step is not learned.
 *
 * @see TRL, docs/source/dataset_formats.md, "stepwise supervision"; Lightman et al. 2023, PRM800K
 */
export const stepwise: DatasetAdapter = {
  specVersion: 2,
  name: 'stepwise',
  description: 'Rows { prompt, completions, labels }, answers in steps marked right or wrong.',
  row: {
    type: 'object',
    required: ['prompt', 'completions', 'labels'],
    properties: {
      id: idField,
      prompt: filledText('What is asked.'),
      completions: { ...texts('The steps of the answer.'), minItems: 1 },
      labels: {
        type: 'array',
        items: { type: 'boolean' },
        description: 'Whether each step is right.',
      },
    },
  },
  convert(row, context) {
    const { id, prompt, completions, labels, ...rest } = row as unknown as StepwiseRow;
    if (labels.length !== completions.length)
      throw unusable('a label for each step is needed', {
        value: labels.length,
        accepted: `${completions.length} labels`,
      });
    const right = labels.every(Boolean);
    if (!right) context.note?.('an answer with a wrong step is not learned', 'bad-answer');
    const steps = completions.map((step, index) => ({ text: step, right: labels[index] }));
    return {
      id: idOf(id, context.id),
      messages: [
        { role: 'user', content: prompt },
        {
          role: 'assistant',
          content: completions.join('\n'),
          ...(right ? {} : { train: false }),
        },
      ],
      ...extraMeta(rest, { steps }),
    };
  },
  write(record) {
    if (isTokenized(record)) throw tokensAsText(record.id);
    const steps = record.meta?.['steps'] as { text: string; right: boolean }[] | undefined;
    const asked = 'messages' in record ? record.messages[0]?.content : record.instruction;
    if (!Array.isArray(steps) || typeof asked !== 'string')
      throw unusable('stepwise rows hold steps marked right or wrong', {
        value: record.id,
        accepted: 'records with meta.steps',
      });
    return {
      id: record.id,
      prompt: asked,
      completions: steps.map(({ text }) => text),
      labels: steps.map(({ right }) => right),
      ...metaColumn(record.meta, ['steps']),
    };
  },
};

interface StepwiseRow {
  id?: string | number;
  prompt: string;
  completions: string[];
  labels: boolean[];
  [key: string]: unknown;
}

import type { DatasetAdapter } from '@tunesmith/schema';
import { extraMeta, metaColumn } from './parts/extra-meta.ts';
import { filledText, idField, idOf } from './parts/fields.ts';
import { exchangeOf } from './parts/written.ts';

const end = '<|endoftext|>';

/**
 * Rows on which Self-Instruct tuned GPT-3, `{ prompt, completion }` whose completions end with `<|endoftext|>`. The end and
 * one space before the answer are no part of it: a tokenizer and a template write their own.
 *
 * @see self-instruct, self_instruct/prepare_for_finetuning.py
 */
export const selfInstructFinetuning: DatasetAdapter = {
  specVersion: 2,
  name: 'self-instruct-finetuning',
  description: 'Rows { prompt, completion } whose completions end with <|endoftext|>.',
  over: ['prompt-completion'],
  row: {
    type: 'object',
    required: ['prompt', 'completion'],
    properties: {
      id: idField,
      prompt: filledText('What is asked.'),
      completion: {
        type: 'string',
        pattern: String.raw`<\|endoftext\|>$`,
        description: `The answer, with ${end} at its end.`,
      },
    },
  },
  convert(row, context) {
    const { id, prompt, completion, ...rest } = row as unknown as FinetuningRow;
    return {
      id: idOf(id, context.id),
      instruction: prompt,
      output: completion.slice(0, -end.length).replace(/^ /, ''),
      ...extraMeta(rest),
    };
  },
  write(record, context) {
    const {
      asked: prompt,
      answer: completion,
      meta,
    } = exchangeOf(record, 'self-instruct-finetuning', context);
    return { id: record.id, prompt, completion: ` ${completion}${end}`, ...metaColumn(meta) };
  },
};

interface FinetuningRow {
  id?: string | number;
  prompt: string;
  completion: string;
  [key: string]: unknown;
}

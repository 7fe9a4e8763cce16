import type { DatasetAdapter } from '@tunesmith/schema';
import { extraMeta, metaColumn } from './parts/extra-meta.ts';
import { filledText, idField, idOf, text } from './parts/fields.ts';
import { unusable } from './parts/unusable-row.ts';
import { exchangeOf } from './parts/written.ts';

/**
 * The Flan Collection's chain-of-thought tables: question, answer and chain of thought, separated by tabs, without a line
 * of names; `\n` written out stands for a line break. The output is the chain and, after it, the answer;
 * `meta.answer` and `meta.chain_of_thought` keep both apart.
 *
 * @see Longpre et al. 2023, The Flan Collection; FLAN, flan/v2/cot_data
 */
export const flanCot: DatasetAdapter = {
  specVersion: 2,
  name: 'flan-cot',
  description: 'Tables of question, answer and chain of thought, as the Flan Collection has them.',
  columns: ['question', 'answer', 'chain_of_thought'],
  row: {
    type: 'object',
    required: ['question', 'answer', 'chain_of_thought'],
    properties: {
      id: idField,
      question: filledText('What is asked.'),
      answer: filledText('The answer.'),
      chain_of_thought: text('The thoughts that lead to the answer.'),
    },
  },
  convert(row, context) {
    const { id, question, answer, chain_of_thought: chain, ...rest } = row as unknown as CotRow;
    const [asked, said, thoughts] = [question, answer, chain].map(withBreaks) as [
      string,
      string,
      string,
    ];
    return {
      id: idOf(id, context.id),
      instruction: asked,
      output: `${thoughts}\nThe answer is ${said}`,
      ...extraMeta(rest, { answer: said, chain_of_thought: thoughts }),
    };
  },
  write(record, context) {
    const { asked: question, answer: output, meta } = exchangeOf(record, 'flan-cot', context);
    const { answer, chain_of_thought: chain } = meta ?? {};
    if (
      typeof answer !== 'string' ||
      typeof chain !== 'string' ||
      output !== `${chain}\nThe answer is ${answer}`
    )
      throw unusable('flan-cot rows hold a chain of thought and its answer', {
        value: record.id,
        accepted: 'records with meta.chain_of_thought and meta.answer',
      });
    const others = metaColumn(meta, ['answer', 'chain_of_thought']);
    if (others.meta) context.note?.('meta is not written: the table has three columns');
    const [asked, said, thoughts] = [question, answer, chain].map((field) => {
      if (/[\t\r]/.test(field) || field.includes(String.raw`\n`))
        throw unusable(
          String.raw`flan-cot rows hold no tab, no carriage return and no \n written out`,
          {
            value: record.id,
            accepted: 'texts without them',
          },
        );
      return field.replaceAll('\n', String.raw`\n`);
    });
    return { question: asked, answer: said, chain_of_thought: thoughts };
  },
};

function withBreaks(field: string): string {
  return field.replaceAll(String.raw`\n`, '\n');
}

interface CotRow {
  id?: string | number;
  question: string;
  answer: string;
  chain_of_thought: string;
  [key: string]: unknown;
}

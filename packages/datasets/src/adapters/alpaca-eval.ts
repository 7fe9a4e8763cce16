import type { DatasetAdapter } from '@tunesmith/schema';
import { extraMeta, metaColumn } from './parts/extra-meta.ts';
import { filledText, idField, idOf, text } from './parts/fields.ts';
import { noteRejected } from './parts/preference.ts';
import { unusable } from './parts/unusable-row.ts';
import { instanceOf } from './parts/written.ts';

/**
 * Annotations of AlpacaEval, `{ instruction, output_1, generator_1, output_2, generator_2, annotator, preference }`: an
 * instance with the answer that was preferred and the other one as `rejected`. The preference is 1 for the first, 2 for the
 * second, or between; a draw (1.5, or 0) is an `unusable-row`.
 *
 * @see Dubois et al. 2024, Length-Controlled AlpacaEval; alpaca_eval, results
 */
export const alpacaEval: DatasetAdapter = {
  specVersion: 2,
  name: 'alpaca-eval',
  description:
    'Rows { instruction, output_1, output_2, preference } of judged pairs, as AlpacaEval.',
  row: {
    type: 'object',
    required: ['instruction', 'output_1', 'output_2', 'preference'],
    properties: {
      id: idField,
      instruction: filledText('What was asked.'),
      output_1: text('The answer of the first model.'),
      generator_1: text('The first model.'),
      output_2: text('The answer of the second model.'),
      generator_2: text('The second model.'),
      annotator: text('Who judged.'),
      preference: {
        type: 'number',
        minimum: 0,
        maximum: 2,
        description: '1 for the first, 2 for the second, between them for less sure.',
      },
    },
  },
  convert(row, context) {
    const { id, instruction, ...more } = row as unknown as AnnotationRow;
    const { output_1: first, output_2: second, preference, annotator, ...rest } = more;
    const { generator_1: firstModel, generator_2: secondModel, ...others } = rest;
    if (preference === 1.5 || preference < 1)
      throw unusable('a draw', { value: preference, accepted: 'a preference from 1 to 2 but 1.5' });
    noteRejected(context);
    const isFirst = preference < 1.5;
    return {
      id: idOf(id, context.id),
      instruction,
      output: isFirst ? first : second,
      rejected: isFirst ? second : first,
      ...extraMeta(others, {
        generator: isFirst ? firstModel : secondModel,
        rejected_generator: isFirst ? secondModel : firstModel,
        annotator,
        preference,
      }),
    };
  },
  write(record, context) {
    const { id, instruction, input, output, rejected, meta } = instanceOf(
      record,
      'alpaca-eval',
      context,
      { rejected: true },
    );
    if (input)
      throw unusable('alpaca-eval rows hold one text', {
        value: id,
        accepted: 'records without an input; phrase them first',
      });
    const { generator, rejected_generator: other, annotator, preference } = meta ?? {};
    const better = { output, generator };
    const worse = { output: rejected, generator: other };
    const degree = typeof preference === 'number' ? preference : 1;
    const [first, second] = degree < 1.5 ? [better, worse] : [worse, better];
    const models = {
      generator_1: first.generator,
      generator_2: second.generator,
      annotator,
    };
    return {
      id,
      instruction,
      output_1: first.output,
      output_2: second.output,
      ...Object.fromEntries(Object.entries(models).filter(([, value]) => value !== undefined)),
      preference: degree,
      ...metaColumn(meta, ['generator', 'rejected_generator', 'annotator', 'preference']),
    };
  },
};

interface AnnotationRow {
  id?: string | number;
  instruction: string;
  output_1: string;
  generator_1?: string;
  output_2: string;
  generator_2?: string;
  annotator?: string;
  preference: number;
  [key: string]: unknown;
}

import type { DatasetAdapter } from '@tunesmith/schema';
import { alpaca } from './alpaca.ts';
import { extraMeta } from './parts/extra-meta.ts';
import { text } from './parts/fields.ts';
import { noteRejected } from './parts/preference.ts';
import { instanceOf } from './parts/written.ts';

const { output: _, ...alpacaProperties } = alpaca.row.properties!;

/**
 * Rows of Alpaca with a better and a worse answer, `{ instruction, input?, chosen, rejected, system?, history? }`, as
 * LLaMA-Factory has them with `ranking: true`: instances with `rejected`.
 *
 * @see LLaMA-Factory, data/README.md, "Preference Dataset"
 */
export const alpacaPreference: DatasetAdapter = {
  specVersion: 2,
  name: 'alpaca-preference',
  description: 'Rows { instruction, input?, chosen, rejected }, as LLaMA-Factory ranks answers.',
  over: ['alpaca', 'preference', 'instruct-wild'],
  row: {
    type: 'object',
    required: ['instruction', 'chosen', 'rejected'],
    properties: {
      ...alpacaProperties,
      chosen: text('The better answer.'),
      rejected: text('The worse answer.'),
    },
  },
  convert(row, context) {
    const { chosen, rejected, output, ...rest } = row as unknown as AlpacaPreferenceRow;
    noteRejected(context);
    const { meta, ...instance } = alpaca.convert({ ...rest, output: chosen }, context) as Record<
      string,
      unknown
    > & { id: string; instruction: string; output: string; meta?: Record<string, unknown> };
    const { row: more = {}, ...own } = meta ?? {};
    const others = { ...(more as object), ...(output === undefined ? {} : { output }) };
    return { ...instance, rejected, ...extraMeta({ meta: own, ...others }) };
  },
  write(record, context) {
    const places = { system: true, history: true, rejected: true };
    const { rejected, ...instance } = instanceOf(record, 'alpaca-preference', context, places);
    const { output, ...row } = alpaca.write!(instance, context);
    return { ...row, chosen: output, rejected };
  },
};

interface AlpacaPreferenceRow {
  chosen: string;
  rejected: string;
  output?: unknown;
  [key: string]: unknown;
}

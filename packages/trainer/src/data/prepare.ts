import type { Tokenizer } from '@tunesmith/models';
import { TunesmithError } from '@tunesmith/schema';
import type { DataRecord, PromptTemplate } from '@tunesmith/schema';
import { documentRows, noVirtualTokens, supervisedCount } from './documents.ts';
import type { VirtualTokens } from './documents.ts';
import { pack, separate } from './pack.ts';
import { count, emptyReport } from './report.ts';
import type { DataReport } from './report.ts';
import type { Example, RowSource } from './rows.ts';
import { tokenizeRecord } from './tokenize.ts';

/** Options of {@link prepareData}. */
export interface PrepareOptions {
  readonly tokenizer?: Tokenizer;
  readonly template?: PromptTemplate;
  /** Longest row in tokens, slots of virtual tokens included. */
  readonly maximumLength: number;
  /** True: examples share rows, packed over the whole set. False: one example a row, in the order given. */
  readonly packing: boolean;
  readonly virtualTokens?: VirtualTokens;
}

/**
 * Tokenises records and lays them out in rows of one length: the longest row needed, at most `maximumLength`.
 *
 * @throws TunesmithError `nothing-supervised` if no example has a supervised token (a maximum length that cuts every
 * answer off, answers that are all `train: false`, no records at all), besides what `tokenizeRecord` throws.
 */
export async function prepareData(
  records: Iterable<DataRecord> | AsyncIterable<DataRecord>,
  options: PrepareOptions,
): Promise<{ source: RowSource; report: DataReport }> {
  const virtual = options.virtualTokens ?? noVirtualTokens;
  const report = emptyReport();
  const examples: Example[] = [];
  const tallies = {
    'double-begin': report.doubleBegin,
    'end-added': report.endAdded,
    'end-missing': report.endMissing,
    'end-not-stopping': report.endNotStopping,
  };
  const maximumLength = options.maximumLength - virtual.input;
  for await (const record of records) {
    report.records++;
    const { notes, ...example } = tokenizeRecord(record, { ...options, maximumLength });
    for (const note of notes) count(tallies[note], example.id);
    if (example.truncated > 0) {
      count(report.truncated, example.id);
      report.truncated.tokens += example.truncated;
    }
    const supervised = supervisedCount(example, virtual);
    if (supervised === 0) {
      count(report.unsupervised, example.id);
      continue;
    }
    examples.push(example);
    report.tokens += example.ids.length;
    report.supervisedTokens += supervised;
  }
  if (examples.length === 0) throw nothingSupervised(report, options.maximumLength);
  const lengths = examples.map((example) => example.ids.length + virtual.input);
  const longest = lengths.reduce((most, length) => Math.max(most, length), 0);
  const together = lengths.reduce((sum, length) => sum + length, 0);
  // fewer tokens than one full row: no need to compute its rest
  const layout = options.packing
    ? pack(lengths, Math.max(longest, Math.min(options.maximumLength, together)))
    : separate(lengths, longest);
  const source = documentRows(examples, layout, virtual);
  report.examples = examples.length;
  report.rows = source.rows;
  report.tokensPerRow = source.tokens;
  report.fill = source.realTokens / (source.rows * source.tokens);
  return { source, report };
}

function nothingSupervised(report: DataReport, maximumLength: number): TunesmithError {
  const { records, truncated, unsupervised } = report;
  const cut =
    truncated.examples > 0
      ? `; ${truncated.examples} were cut at ${maximumLength} tokens, before their answer`
      : '';
  const named = unsupervised.ids.slice(0, 3).join(', ');
  return new TunesmithError({
    package: '@tunesmith/trainer',
    code: 'nothing-supervised',
    message: `none of ${records} examples has a supervised token${named ? ` (${named}${records > 3 ? ', …' : ''})` : ''}${cut}`,
    value: records,
    accepted:
      'examples with at least one assistant token (or label other than -100) within the maximum length',
  });
}

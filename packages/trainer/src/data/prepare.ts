import type { Tokenizer } from '@tunesmith/models';
import { TunesmithError } from '@tunesmith/schema';
import type { DataRecord, PromptTemplate } from '@tunesmith/schema';
import { documentRows, noVirtualTokens, supervisedCount } from './documents.ts';
import type { VirtualTokens } from './documents.ts';
import { pack, separate } from './pack.ts';
import { count, countTokens, emptyReport } from './report.ts';
import type { DataReport } from './report.ts';
import type { Example, RowSource } from './rows.ts';
import { tokenizeRecord } from './tokenize.ts';
import type { TokenizedExample, TokenizeOptions } from './tokenize.ts';

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
 * Tokenizes records and lays them out in rows of one length: the longest row needed, at most `maximumLength`.
 *
 * @throws TunesmithError `nothing-supervised` if no example has a supervised token (a maximum length that cuts every
 * answer off, answers that are all `train: false`, a chat template that renders none, no records at all), besides what
 * `tokenizeCounted` throws.
 */
export async function prepareData(
  records: Iterable<DataRecord> | AsyncIterable<DataRecord>,
  options: PrepareOptions,
): Promise<{ source: RowSource; report: DataReport }> {
  const virtual = options.virtualTokens ?? noVirtualTokens;
  const report = emptyReport();
  const examples: Example[] = [];
  const tokenize = { ...options, maximumLength: options.maximumLength - virtual.input };
  // A weight repeats the same record: it is counted each time, and tokenized once.
  const known = new WeakMap<DataRecord, Rendering>();
  for await (const record of records) {
    const found = known.get(record) ?? rendering(record, tokenize);
    known.set(record, found);
    const example = counted(record, found, report);
    if (!example) continue;
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

/** What a template does with single examples; they are left out. Anything else is wrong with all of them and ends the run. */
const refusals = new Set(['chat-template-failed', 'unsupported-character']);

/**
 * Tokenizes a record and counts in the report what happened to it.
 *
 * @returns undefined where the record is left out: the chat template refuses it, or hides an answer
 * @throws TunesmithError what `tokenizeRecord` throws otherwise
 */
export function tokenizeCounted(
  record: DataRecord,
  options: TokenizeOptions,
  report: DataReport,
): TokenizedExample | undefined {
  return counted(record, rendering(record, options), report);
}

/** A record as tokens, or why it is left out: what the template says against it; nothing where it hides the answer. */
interface Rendering {
  readonly example?: TokenizedExample;
  readonly refusal?: string;
}

function counted(
  record: DataRecord,
  { example, refusal }: Rendering,
  report: DataReport,
): TokenizedExample | undefined {
  report.records++;
  if (!example) {
    if (refusal === undefined) count(report.hiddenAnswers, record.id);
    else {
      count(report.refused, record.id);
      report.refused.reason ||= refusal;
    }
    return undefined;
  }
  const tallies = {
    'double-begin': report.doubleBegin,
    'end-added': report.endAdded,
    'end-missing': report.endMissing,
    'end-not-stopping': report.endNotStopping,
    'empty-answer': report.emptyAnswers,
    'tools-not-shown': report.toolsNotShown,
  };
  for (const note of example.notes) count(tallies[note], example.id);
  countTokens(report.controlInPrompts, example.id, example.controlTokens.read);
  countTokens(report.controlInAnswers, example.id, example.controlTokens.written);
  if (example.truncated > 0) {
    count(report.truncated, example.id);
    report.truncated.tokens += example.truncated;
  }
  return example;
}

function rendering(record: DataRecord, options: TokenizeOptions): Rendering {
  try {
    return { example: tokenizeRecord(record, options) };
  } catch (error) {
    if (!TunesmithError.is(error)) throw error;
    if (error.code === 'assistant-turn-not-found') return {};
    if (refusals.has(error.code)) return { refusal: error.problems[0] ?? error.message };
    throw error;
  }
}

function nothingSupervised(report: DataReport, maximumLength: number): TunesmithError {
  const { records, truncated, unsupervised, hiddenAnswers, refused } = report;
  const reasons: [number, string][] = [
    [truncated.examples, `were cut at ${maximumLength} tokens, before their answer`],
    [hiddenAnswers.examples, 'have an answer that the chat template does not show as it is'],
    [refused.examples, `were refused: ${refused.reason}`],
  ];
  const cut = reasons
    .flatMap(([examples, what]) => (examples > 0 ? [`; ${examples} ${what}`] : []))
    .join('');
  const out = [...unsupervised.ids, ...hiddenAnswers.ids, ...refused.ids];
  const named = out.slice(0, 3).join(', ');
  return new TunesmithError({
    package: '@tunesmith/trainer',
    code: 'nothing-supervised',
    message: `none of ${records} examples has a supervised token${named ? ` (${named}${records > 3 ? ', …' : ''})` : ''}${cut}`,
    value: records,
    accepted:
      'examples with at least one assistant token (or label other than -100) within the maximum length',
  });
}

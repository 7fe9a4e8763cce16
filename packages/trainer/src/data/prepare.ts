import { lineLength, readRecordInput, type RecordInput } from '@tunesmith/models';
import { growingNumbers, TunesmithError, type DataRecord, type Listed } from '@tunesmith/schema';
import type { Objective } from '../objectives/objective.ts';
import { encodeHere, encodeRecord, type Encoding, type RecordEncoder } from './encoding.ts';
import { exampleSizes } from './example-sizes.ts';
import { firstFit, pack, packPairs, separate } from './pack.ts';
import type { RowLayout } from './pack.ts';
import { count, countTokens, emptyReport } from './report.ts';
import type { TokenReport } from './report.ts';
import { rowsInOrder } from './row-list.ts';
import { rowSource, type RecordNumbers } from './row-source.ts';
import type { Example, ExampleSize, RowLengths, RowSource } from './rows.ts';
import type { Noticed } from './tokenize.ts';

/** Options of {@link prepareData}. */
export interface PrepareOptions {
  readonly objective: Objective;
  /**
   * True or `best-fit`: examples share rows, packed over the whole set, where the objective can. `first-fit`: in the order given,
   * with few rows open. False: one example a row, in the order given.
   */
  readonly packing: boolean | 'best-fit' | 'first-fit';
  /** What methods read of each record besides its text; none by default. */
  readonly inputs?: readonly RecordInput[];
  /** Where examples are made and kept; in this thread and in memory where it is left out. */
  readonly encoder?: RecordEncoder;
}

/** Records as rows, and what became of each. */
export interface PreparedData {
  readonly source: RowSource;
  readonly report: TokenReport;
  /** The numbers, from 0, of the records that became examples, in order: one a row where nothing is packed. */
  readonly used: Uint32Array;
}

/**
 * Turns records into examples and lays them out in rows of one length: the longest row needed, at most the objective's.
 *
 * @throws TunesmithError `nothing-supervised` if no example has a supervised token (a maximum length that cuts every
 * answer off, answers that are all `train: false`, a chat template that renders none, no records at all), besides what
 * `tokenizeCounted` throws; `missing-record-input`, `invalid-record-input` naming a record whose `meta` lacks what a method
 * reads of it.
 */
export async function prepareData(
  records: Iterable<DataRecord> | AsyncIterable<DataRecord>,
  { objective, packing, inputs = [], encoder = encodeHere(objective) }: PrepareOptions,
): Promise<PreparedData> {
  const report = emptyReport();
  const places = growingNumbers(Float64Array);
  const sizes = exampleSizes();
  const used = growingNumbers(Uint32Array);
  const numbers: RecordNumbers[] = [];
  for await (const { record, encoding, place } of encoder.encode(records)) {
    const example = counted(record, encoding, report);
    if (!example) continue;
    const size = objective.size(example);
    if (size.supervised === 0) {
      count(report.unsupervised, example.id);
      continue;
    }
    places.push(place);
    used.push(report.records - 1);
    if (inputs.length > 0)
      numbers.push(
        Object.fromEntries(inputs.map((input) => [input.name, readRecordInput(input, record)])),
      );
    sizes.push(size);
    report.tokens += size.tokens + (size.sourceTokens ?? 0) - size.slots;
    report.supervisedTokens += size.supervised;
  }
  if (places.length === 0) throw nothingSupervised(report, objective.lengths.tokens);
  const layout = lay(sizes, objective.lengths, objective.packs && packing);
  const examples = {
    length: places.length,
    at: (index: number) => encoder.at(places.at(index)!).example,
  };
  const source = rowSource(examples, layout, objective, {
    sizes,
    numbers: cutToLongest(numbers, inputs),
  });
  report.examples = examples.length;
  report.rows = source.rows;
  report.tokensPerRow = source.tokens;
  report.fill = source.realTokens / (source.rows * (source.tokens + (source.sourceTokens ?? 0)));
  return { source, report, used: used.numbers };
}

/** Lines of texts no longer than the longest of them needs. */
function cutToLongest(
  numbers: readonly RecordNumbers[],
  inputs: readonly RecordInput[],
): readonly RecordNumbers[] {
  const texts = inputs.filter(({ text }) => text);
  if (texts.length === 0) return numbers;
  const lengths = texts.map((input) => {
    const lines = numbers.map((ofRecord) => ofRecord[input.name]!);
    return [input.name, lineLength(input, lines)] as const;
  });
  return numbers.map((ofRecord) => ({
    ...ofRecord,
    ...Object.fromEntries(
      lengths.map(([name, length]) => {
        const { data, dtype } = ofRecord[name]!;
        return [name, { data: data.slice(0, length), dtype, shape: [length] }];
      }),
    ),
  }));
}

function lay(
  sizes: Listed<ExampleSize>,
  limits: RowLengths,
  packing: PrepareOptions['packing'],
): RowLayout {
  const lengths = new Int32Array(sizes.length);
  const sourceLengths = new Int32Array(sizes.length);
  for (let index = 0; index < sizes.length; index++) {
    const { tokens, sourceTokens = 0 } = sizes.at(index)!;
    lengths[index] = tokens;
    sourceLengths[index] = sourceTokens;
  }
  const most = (all: Int32Array): number => all.reduce((one, two) => Math.max(one, two), 0);
  const sum = (all: Int32Array): number => all.reduce((one, two) => one + two, 0);
  // fewer tokens than one full row: no need to compute its rest
  const length = (all: Int32Array, limit: number): number =>
    packing ? Math.max(most(all), Math.min(limit, sum(all))) : most(all);
  const tokens = length(lengths, limits.tokens);
  if (limits.sourceTokens === undefined) {
    if (packing === 'first-fit') return { rows: rowsInOrder(firstFit(lengths, tokens)), tokens };
    return packing ? pack(lengths, tokens) : separate(lengths, tokens);
  }
  const sourceTokens = length(sourceLengths, limits.sourceTokens);
  return packing
    ? packPairs(sizes, { tokens, sourceTokens })
    : { ...separate(lengths, tokens), sourceTokens };
}

/**
 * Turns a record into an example and counts in the report what happened to it.
 *
 * @returns undefined where the record is left out: the chat template refuses it, or hides an answer
 * @throws TunesmithError what the objective throws otherwise
 */
export function tokenizeCounted<E extends Example>(
  record: DataRecord,
  objective: Pick<Objective<E>, 'tokenize'>,
  report: TokenReport,
): (E & Noticed) | undefined {
  return counted(record, encodeRecord(record, objective), report);
}

function counted<E extends Example>(
  record: DataRecord,
  { example, refusal }: Encoding<E>,
  report: TokenReport,
): (E & Noticed) | undefined {
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
    report.truncated.answers += example.answersLost ?? 0;
  }
  return example;
}

function nothingSupervised(report: TokenReport, maximumLength: number): TunesmithError {
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

import type { Score } from '@tunesmith/schema';
import type { Comparison, GroupChange, ScoreChange } from '../harness/compare.ts';
import type { Evaluation, GroupResult } from '../harness/results.ts';

/** Which lines a table has. */
export interface TableOptions {
  /** Measures to show, in this order; all by default. */
  measures?: readonly string[];
}

type Row = readonly string[];

/**
 * A score with its interval, `0.412 [0.350, 0.474]`: three decimals below 100, four digits above.
 * A score without an interval stands alone.
 */
export function formatScore({ value, low, high }: Score, signed = false): string {
  const text = signed && value > 0 ? `+${formatNumber(value)}` : formatNumber(value);
  if (low === undefined && high === undefined) return text;
  const end = (bound: number | undefined, open: string) =>
    bound === undefined ? open : formatNumber(bound);
  return `${text} [${end(low, '-∞')}, ${end(high, '∞')}]`;
}

function formatNumber(value: number): string {
  return Math.abs(value) < 100 ? value.toFixed(3) : value.toPrecision(4);
}

/**
 * An evaluation as plain text: one line for each task, cluster and the whole, and each measure, with 95 % intervals.
 */
export function renderEvaluation(evaluation: Evaluation, options: TableOptions = {}): string {
  const line = (group: GroupResult) =>
    rowsOf(group, options, (score) => [formatScore(score), chance(group), String(score.n ?? '')]);
  return layOut(['', 'measure', 'score [95 %]', 'chance', 'n'], sections(evaluation, line));
}

/**
 * A comparison as plain text: one line for each task, cluster and the whole, and each measure, before and after, with
 * the difference, its 95 % interval, and a mark where that interval excludes zero: ▲ better, ▼ worse.
 */
export function renderComparison(comparison: Comparison, options: TableOptions = {}): string {
  const marks: Record<ScoreChange['verdict'], string> = { better: '▲', worse: '▼', unclear: ' ' };
  const line = (group: GroupChange) =>
    rowsOf(group, options, ({ before, after, difference, verdict }) => [
      formatScore(before),
      formatScore(after),
      `${marks[verdict]} ${formatScore(difference, true)}`,
      chance(group),
      String(difference.n ?? ''),
    ]);
  return layOut(
    ['', 'measure', 'before [95 %]', 'after [95 %]', '  difference [95 %]', 'chance', 'n'],
    sections(comparison, line),
  );
}

function chance({ chance: value }: { chance?: number }): string {
  return value === undefined ? '' : formatNumber(value);
}

function rowsOf<Value>(
  { name, scores }: { name: string; scores: Record<string, Value> },
  { measures = Object.keys(scores) }: TableOptions,
  cells: (value: Value) => readonly string[],
): Row[] {
  return measures
    .filter((measure) => scores[measure] !== undefined)
    .map((measure, index) => [index === 0 ? name : '', measure, ...cells(scores[measure]!)]);
}

function sections<Group>(
  { tasks, clusters, overall }: { tasks: Group[]; clusters: Group[]; overall: Group },
  rows: (group: Group) => Row[],
): [title: string, rows: Row[]][] {
  return [
    ['task', tasks.flatMap(rows)],
    ['cluster', clusters.flatMap(rows)],
    ['all', rows(overall)],
  ];
}

/** Columns as wide as their widest cell, two spaces apart; a rule under each heading; empty sections left out. */
function layOut(header: Row, parts: readonly [title: string, rows: readonly Row[]][]): string {
  const shown = parts.filter(([, rows]) => rows.length > 0);
  const all = [header, ...shown.flatMap(([title, rows]) => [[title], ...rows])];
  const widths = header.map((_, column) =>
    Math.max(...all.map((row) => [...(row[column] ?? '')].length)),
  );
  const text = (row: Row) =>
    widths
      .map((width, column) => (row[column] ?? '').padEnd(width))
      .join('  ')
      .trimEnd();
  const blocks = shown.map(([title, rows]) => {
    const heading = text([title, ...header.slice(1)]);
    const rule = '-'.repeat(widths.reduce((sum, width) => sum + width + 2, -2));
    return [heading, rule, ...rows.map(text)].join('\n');
  });
  return blocks.join('\n\n');
}

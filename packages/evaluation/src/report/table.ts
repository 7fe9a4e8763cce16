import type { Score } from '@tunesmith/schema';
import type { Comparison, GroupChange, ScoreChange } from '../harness/compare.ts';
import { chanceOf } from '../harness/chance.ts';
import type { Evaluation, GroupResult } from '../harness/results.ts';
import { layOut, type Block } from './columns.ts';

/** Which lines a table has. */
export interface TableOptions {
  /** Measures to show, in this order; all by default. */
  measures?: readonly string[];
}

/** The columns of {@link changeRow}. */
export const changeColumns = ['', 'before', 'after', 'difference [95 %]', 'chance', 'n'] as const;

/** A mark where the interval of a difference excludes zero: ▲ better, ▼ worse. */
const marks: Record<ScoreChange['verdict'], string> = {
  better: '▲ ',
  worse: '▼ ',
  unclear: '',
  'too-few': '',
};

/**
 * A score with its interval, `0.412 [0.350, 0.474]`: three decimals below 100, four digits above.
 * A score without an interval stands alone.
 */
export function formatScore({ value, low, high }: Score, signed = false): string {
  const text = formatNumber(value, signed);
  if (low === undefined && high === undefined) return text;
  const end = (bound: number | undefined, open: string) =>
    bound === undefined ? open : formatNumber(bound);
  return `${text} [${end(low, '-∞')}, ${end(high, '∞')}]`;
}

function formatNumber(value: number, signed = false): string {
  const text = Math.abs(value) < 100 ? value.toFixed(3) : value.toPrecision(4);
  return signed && value > 0 ? `+${text}` : text;
}

/**
 * An evaluation as plain text of at most 80 columns: a block for each measure, with a line for each task, each cluster
 * of several tasks and the whole, and 95 % intervals. `chance` is the accuracy of a uniform guess among the choices.
 */
export function renderEvaluation(evaluation: Evaluation, options: TableOptions = {}): string {
  const row = (name: string, group: GroupResult, measure: string) => {
    const score = group.scores[measure];
    return score && [name, formatScore(score), chance(group, measure), String(score.n ?? '')];
  };
  return layOut(['', 'score [95 %]', 'chance', 'n'], blocks(evaluation, row, options));
}

/**
 * A comparison as plain text of at most 80 columns: a block for each measure, with a line for each task, each cluster
 * of several tasks and the whole, before and after, the difference with its 95 % interval, and a mark where that excludes zero: ▲ better,
 * ▼ worse. `chance` is the accuracy of a uniform guess among the choices.
 */
export function renderComparison(comparison: Comparison, options: TableOptions = {}): string {
  return layOut(changeColumns, blocks(comparison, changeRow, options));
}

/** One measure of a group before and after, in {@link changeColumns}; undefined where the group has no such measure. */
export function changeRow(name: string, group: GroupChange, measure: string): string[] | undefined {
  const change = group.scores[measure];
  if (!change) return undefined;
  const { before, after, difference, verdict } = change;
  return [
    name,
    formatNumber(before.value),
    formatNumber(after.value),
    marks[verdict] + formatScore(difference, true),
    chance(group, measure),
    String(difference.n ?? ''),
  ];
}

function chance(group: GroupResult | GroupChange, measure: string): string {
  const value = chanceOf(group, measure);
  return value === undefined ? '' : formatNumber(value);
}

/** Lines of one measure: each task, and each gathering of tasks that no line before it is the same as. */
function blocks<Group extends { name: string; cluster?: string; scores: Record<string, unknown> }>(
  { tasks, clusters, overall }: { tasks: Group[]; clusters: Group[]; overall: Group },
  row: (name: string, group: Group, measure: string) => string[] | undefined,
  { measures = Object.keys(overall.scores) }: TableOptions,
): Block[] {
  return measures.map((measure) => {
    const measured = tasks.filter(({ scores }) => measure in scores);
    const sizeOf = ({ name }: Group): number =>
      measured.filter(({ cluster }) => cluster === name).length;
    const gathered = clusters.filter((cluster) => sizeOf(cluster) > 1);
    const isOneCluster = gathered.some((cluster) => sizeOf(cluster) === measured.length);
    const rows = [
      ...measured.map((task) => row(task.name, task, measure)),
      ...gathered.map((cluster) => row(`cluster ${cluster.name}`, cluster, measure)),
      ...(measured.length > 1 && !isOneCluster ? [row('all together', overall, measure)] : []),
    ];
    return { title: measure, rows: rows.filter((one) => one !== undefined) };
  });
}

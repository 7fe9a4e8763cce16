import { formatScore, type GroupChange, type ScoreChange } from '@tunesmith/evaluation';
import { primaryMeasure } from '../evaluation/primary-measure.ts';
import { table } from '../report/table.ts';
import type { TrainSummary } from './train.ts';

const marks: Readonly<Record<ScoreChange['verdict'], string>> = {
  better: '▲',
  worse: '▼',
  unclear: ' ',
};

/**
 * What a run found, as plain text: one line a task with its main measure before and after, means of the trained and the
 * other clusters, and a few answers. Everything else stands in the report.
 *
 * @param options.answers how many answers to show; three by default
 */
export function describeRun(summary: TrainSummary, options: { answers?: number } = {}): string {
  const parts = [scoreTable(summary), ...answerLines(summary, options.answers ?? 3)];
  return parts.filter((part) => part !== '').join('\n\n');
}

/** Whether nothing of a cluster was trained on. */
export function isUnseen(cluster: string | undefined, trained: readonly string[]): boolean {
  return cluster !== undefined && trained.length > 0 && !trained.includes(cluster);
}

function scoreTable({ comparison, trainedClusters }: TrainSummary): string {
  if (!comparison) return '';
  const header = [
    'task',
    'measure',
    'before [95 %]',
    'after [95 %]',
    '  difference [95 %]',
    'guess',
    'n',
  ];
  const unseen = (task: GroupChange) => isUnseen(task.cluster, trainedClusters);
  const seen = comparison.tasks.filter((task) => !unseen(task)).map(taskRow);
  const other = comparison.tasks.filter(unseen).map(taskRow);
  const several = comparison.clusters.length < comparison.tasks.length;
  const clusters = comparison.clusters.flatMap((cluster) =>
    several && trainedClusters.length > 0 ? clusterRows(cluster, trainedClusters) : [],
  );
  const all = Object.keys(comparison.overall.scores)
    .filter(
      (measure) =>
        measure === 'loss' ||
        comparison.tasks.some((task) => primaryMeasure(task.scores) === measure),
    )
    .map((measure) => row('all', comparison.overall, measure));
  const blocks = [
    ['trained tasks, held-out instances', seen],
    ['clusters not trained on', other],
    ['by cluster', clusters],
    ['together', all],
  ] as const;
  // One table, so that columns line up; its blocks are told apart by a title.
  const rows = blocks.flatMap(([title, lines]) =>
    lines.length === 0 ? [] : [[`— ${title}`], ...lines],
  );
  return `${table(header, rows)}\n▲ better, ▼ worse: the 95 % interval of the difference excludes zero`;
}

function taskRow(task: GroupChange): string[] {
  return row(task.name, task, primaryMeasure(task.scores));
}

function clusterRows(cluster: GroupChange, trained: readonly string[]): string[][] {
  const name = isUnseen(cluster.name, trained) ? `${cluster.name} (not trained on)` : cluster.name;
  return [row(name, cluster, primaryMeasure(cluster.scores))];
}

function row(name: string, group: GroupChange, measure: string): string[] {
  const change = group.scores[measure];
  if (!change) return [name];
  const chance =
    measure.startsWith('accuracy') && group.chance !== undefined ? group.chance.toFixed(3) : '';
  return [
    name,
    measure,
    formatScore(change.before),
    formatScore(change.after),
    `${marks[change.verdict]} ${formatScore(change.difference, true)}`,
    chance,
    String(change.after.n ?? ''),
  ];
}

function answerLines({ answers }: TrainSummary, count: number): string[] {
  return answers.after.slice(0, count).map(({ id, prompt, answer, expected }) => {
    const before = answers.before.find((other) => other.id === id);
    return [
      prompt
        .split('\n')
        .map((line) => `> ${line}`)
        .join('\n'),
      ...(before ? [`  before    ${oneLine(before.answer)}`] : []),
      `  after     ${oneLine(answer)}`,
      `  expected  ${oneLine(expected)}`,
    ].join('\n');
  });
}

function oneLine(text: string): string {
  return text === '' ? '(nothing)' : text.replaceAll('\n', '⏎').slice(0, 200);
}

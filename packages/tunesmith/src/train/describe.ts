import {
  compare,
  formatScore,
  type Comparison,
  type Evaluation,
  type GroupChange,
  type ScoreChange,
} from '@tunesmith/evaluation';
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
  const parts = [
    scoreTable(summary),
    ...answerLines(summary, options.answers ?? 3),
    verdicts(summary),
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}

/** Held-out instances that were trained on all the same: what is measured on them shows memory, not learning. */
function trainedOn({ data }: TrainSummary): number {
  return data.overlap && data.overlap.kept > 0 ? data.overlap.same : 0;
}

/** Whether nothing of a cluster was trained on. */
export function isUnseen(cluster: string | undefined, trained: readonly string[]): boolean {
  return cluster !== undefined && trained.length > 0 && !trained.includes(cluster);
}

function scoreTable(summary: TrainSummary): string {
  const { comparison, trainedClusters } = summary;
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
  const blocks = [
    [
      trainedOn(summary) > 0
        ? `trained tasks, held-out instances (${trainedOn(summary)} of them trained on)`
        : 'trained tasks, held-out instances',
      seen,
    ],
    ['clusters not trained on', other],
    ['by cluster', clusters],
    ['together', together(summary)],
  ] as const;
  // One table, so that columns line up; its blocks are told apart by a title.
  const rows = blocks.flatMap(([title, lines]) =>
    lines.length === 0 ? [] : [[`— ${title}`], ...lines],
  );
  return `${table(header, rows)}\n▲ better, ▼ worse: the 95 % interval of the difference excludes zero`;
}

/** Main measures over everything, apart for clusters that were trained on and those that were not. */
function together({ before, after, trainedClusters }: TrainSummary): string[][] {
  if (!before || !after) return [];
  const part = (name: string, unseen: boolean): string[][] => {
    const only = (evaluation: Evaluation): Evaluation => ({
      ...evaluation,
      instances: evaluation.instances.filter(
        ({ cluster }) => isUnseen(cluster, trainedClusters) === unseen,
      ),
    });
    const [first, second] = [only(before), only(after)];
    if (second.instances.length === 0) return [];
    const change = compare(first, second);
    return mainMeasures(change).map((measure) => row(name, change.overall, measure));
  };
  return [...part('trained tasks', false), ...part('clusters not trained on', true)];
}

function mainMeasures({ tasks, overall }: Comparison): string[] {
  const main = new Set(['loss', ...tasks.map((task) => primaryMeasure(task.scores))]);
  return Object.keys(overall.scores).filter((measure) => main.has(measure));
}

/** What the table says, in words. */
function verdicts(summary: TrainSummary): string {
  const { comparison, trainedClusters } = summary;
  if (!comparison) return '';
  const tell = (tasks: readonly GroupChange[], of: string): string => {
    if (tasks.length === 0) return '';
    const count = (verdict: ScoreChange['verdict']) =>
      tasks.filter((task) => task.scores[primaryMeasure(task.scores)]?.verdict === verdict).length;
    const [better, worse] = [count('better'), count('worse')];
    const counts = `better in ${better} of ${tasks.length} tasks, worse in ${worse}, unclear in ${tasks.length - better - worse}`;
    return `${of}: ${counts}.${better + worse === 0 ? ' No change can be shown.' : ''}`;
  };
  const unseen = (task: GroupChange) => isUnseen(task.cluster, trainedClusters);
  return [
    tell(
      comparison.tasks.filter((task) => !unseen(task)),
      trainedOn(summary) > 0
        ? `Held-out instances of trained tasks, ${trainedOn(summary)} of them trained on`
        : 'Unseen instances of trained tasks',
    ),
    tell(comparison.tasks.filter(unseen), 'Clusters it was not trained on'),
  ]
    .filter((line) => line !== '')
    .join('\n');
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

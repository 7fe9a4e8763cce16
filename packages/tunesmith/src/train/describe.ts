import {
  changeColumns,
  changeRow,
  compare,
  fewestInstances,
  isUnseen,
  layOut,
  primaryMeasure,
  type Evaluation,
  type GroupChange,
  type ScoreChange,
} from '@tunesmith/evaluation';
import { partsOf } from '@tunesmith/schema';
import type { TrainSummary } from './job.ts';

/**
 * What a run found, as plain text: one line a task with its main measure, and with each metric that the recipe names,
 * before and after; means of the trained and the other clusters, and a few answers. Everything else stands in the report.
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

function scoreTable(summary: TrainSummary): string {
  const { comparison, trainedClusters } = summary;
  if (!comparison) return '';
  const unseen = ({ cluster }: GroupChange) => isUnseen(cluster, trainedClusters);
  const several = comparison.clusters.length < comparison.tasks.length;
  const clusters = several && trainedClusters.length > 0 ? comparison.clusters : [];
  const mentioned = new Set(
    summary.recipe.evaluation.metrics.map((metric) => partsOf(metric).name),
  );
  const own = ({ scores }: GroupChange) => [
    primaryMeasure(scores),
    // A metric with options is measured under its name with the options in parentheses.
    ...Object.keys(scores).filter((measure) => mentioned.has(measure.replace(/\(.*/s, ''))),
  ];
  const main = new Set(['loss', ...comparison.tasks.flatMap(own)]);
  const heldOut =
    trainedOn(summary) > 0
      ? `trained tasks, held-out instances (${trainedOn(summary)} of them trained on)`
      : 'trained tasks, held-out instances';
  const groups: [title: string, members: readonly (readonly [string, GroupChange])[]][] = [
    [heldOut, named(comparison.tasks.filter((one) => !unseen(one)))],
    ['clusters not trained on', named(comparison.tasks.filter(unseen))],
    [
      'by cluster',
      clusters.map((cluster) => [
        isUnseen(cluster.name, trainedClusters) ? `${cluster.name} (not trained on)` : cluster.name,
        cluster,
      ]),
    ],
    ['together', together(summary)],
  ];
  const measures = Object.keys(comparison.overall.scores);
  // One table, so that columns line up; its blocks are told apart by a title.
  const blocks = groups.flatMap(([title, members]) =>
    measures.map((measure) => ({
      title: `${title}: ${measure}`,
      rows: members
        .filter(([, group]) =>
          title === 'together' ? main.has(measure) : own(group).includes(measure),
        )
        .flatMap(([name, group]) => [changeRow(name, group, measure) ?? []])
        .filter((row) => row.length > 0),
    })),
  );
  return `${layOut(changeColumns, blocks)}\n▲ better, ▼ worse: the 95 % interval of the difference excludes zero`;
}

function named(groups: readonly GroupChange[]): (readonly [string, GroupChange])[] {
  return groups.map((group) => [group.name, group]);
}

/** Everything trained on and everything else, where there is both or more than one task. */
function together({
  before,
  after,
  comparison,
  trainedClusters,
}: TrainSummary): [string, GroupChange][] {
  if (!before || !after || !comparison || comparison.tasks.length < 2) return [];
  const part = (name: string, unseen: boolean): [string, GroupChange][] => {
    const only = (evaluation: Evaluation): Evaluation => ({
      ...evaluation,
      instances: evaluation.instances.filter(
        ({ cluster }) => isUnseen(cluster, trainedClusters) === unseen,
      ),
    });
    const [first, second] = [only(before), only(after)];
    return second.instances.length === 0 ? [] : [[name, compare(first, second).overall]];
  };
  return [...part('trained tasks', false), ...part('clusters not trained on', true)];
}

/** What the table says, in words. */
function verdicts(summary: TrainSummary): string {
  const { comparison, trainedClusters } = summary;
  if (!comparison) return '';
  const tell = (tasks: readonly GroupChange[], of: string): string => {
    if (tasks.length === 0) return '';
    const count = (verdict: ScoreChange['verdict']) =>
      tasks.filter((task) => task.scores[primaryMeasure(task.scores)]?.verdict === verdict).length;
    const [better, worse, unclear] = [count('better'), count('worse'), count('unclear')];
    const judged = better + worse + unclear;
    const counts = `better in ${better} of ${tasks.length} tasks, worse in ${worse}, unclear in ${unclear}`;
    return [
      `${of}: ${counts}.`,
      ...(judged > 0 && better + worse === 0 ? ['No change can be shown.'] : []),
      ...tooFew(tasks),
    ].join(' ');
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

/** Why tasks have no verdict. */
function tooFew(tasks: readonly GroupChange[]): string[] {
  const small = tasks.flatMap(({ name, scores }) => {
    const change = scores[primaryMeasure(scores)];
    return change?.verdict === 'too-few' ? [`${name} (${change.difference.n})`] : [];
  });
  if (small.length === 0) return [];
  const shown =
    small.slice(0, 3).join(', ') + (small.length > 3 ? `, and ${small.length - 3} more` : '');
  return [
    `Not judged: ${shown}; an interval of the difference takes at least ${fewestInstances} instances.`,
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

import type { Comparison, Evaluation, ScoreChange } from '@tunesmith/evaluation';
import { chanceOf, isUnseen, primaryMeasure } from '@tunesmith/evaluation';
import type { Score } from '@tunesmith/schema';
import type { TaskScore } from '@tunesmith/report';

interface Group {
  name: string;
  cluster?: string;
  chance?: number;
  scores: Readonly<Record<string, object>>;
}

/** Two evaluations as rows of a report: every task and every cluster of several tasks. */
export function changesOf(comparison: Comparison, trained: readonly string[]): TaskScore[] {
  return scoreRows(comparison, trained, (found) => found as ScoreChange);
}

/** One evaluation as rows of a report, on the side given. */
export function scoresOf(
  evaluation: Evaluation,
  trained: readonly string[],
  side: 'before' | 'after',
): TaskScore[] {
  return scoreRows(evaluation, trained, (found) => ({ [side]: found as Score }));
}

function scoreRows(
  source: Comparison | Evaluation,
  trained: readonly string[],
  values: (found: object) => Pick<TaskScore, 'before' | 'after' | 'difference' | 'verdict'>,
): TaskScore[] {
  const tasks: readonly Group[] = source.tasks;
  const clusters: readonly Group[] = source.clusters;
  const rows = (group: Group, together: boolean): TaskScore[] =>
    Object.entries(group.scores).flatMap(([metric, found]): TaskScore[] => {
      const { name, cluster, scores } = group;
      const measure = source.measures[metric];
      // A cluster with one task of this metric would only repeat it.
      const members = tasks.filter((task) => task.cluster === cluster && metric in task.scores);
      if (!measure || (together && members.length < 2)) return [];
      const chance = chanceOf(group, metric);
      return [
        {
          task: name,
          metric,
          primary: primaryMeasure(scores) === metric,
          unseen: isUnseen(cluster, trained),
          higherIsBetter: measure.higherIsBetter,
          ...(measure.range.length === 2 ? { range: measure.range } : {}),
          ...(cluster === undefined ? {} : { cluster }),
          ...(chance === undefined ? {} : { chance }),
          ...(together ? { together } : {}),
          ...values(found),
        },
      ];
    });
  return [
    ...clusters.flatMap((cluster) =>
      rows({ ...cluster, name: 'together', cluster: cluster.name }, true),
    ),
    ...tasks.flatMap((task) => rows(task, false)),
  ];
}

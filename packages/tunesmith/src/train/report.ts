import type { ScoreChange } from '@tunesmith/evaluation';
import type { RunEvent, Score } from '@tunesmith/schema';
import { stringify } from 'yaml';
import type { ReportData, ReportExample, TaskScore } from '../report/report-data.ts';
import { primaryMeasure } from '../evaluation/primary-measure.ts';
import { isUnseen } from './describe.ts';
import type { RunPlan } from './plan.ts';
import type { TrainSummary } from './train.ts';

/** What the report of a run shows. */
export function reportOf(
  plan: RunPlan,
  summary: TrainSummary,
  events: readonly RunEvent[],
): ReportData {
  const { recipe, session, tuning } = plan;
  return {
    title: recipe.name ?? `${tuning.label} on ${plan.modelName}`,
    facts: [
      ['Model', plan.modelName],
      ['Method', tuning.label],
      ['Device', session.device.name],
      ['Seed', String(recipe.seed)],
      ['Finished', new Date().toISOString().slice(0, 16).replace('T', ' ')],
    ],
    events,
    scores: scoresOf(summary),
    examples: examplesOf(summary),
    data: summary.data,
    recipe: stringify(recipe),
  };
}

interface Group {
  name: string;
  cluster?: string;
  chance?: number;
  scores: Readonly<Record<string, object>>;
}

function scoresOf(summary: TrainSummary): TaskScore[] {
  const { comparison, before, after, trainedClusters } = summary;
  const only = after ?? before;
  const source = comparison ?? only;
  if (!source) return [];
  const tasks: readonly Group[] = source.tasks;
  const rows = ({ name, cluster, chance, scores }: Group, together: boolean): TaskScore[] =>
    Object.entries(scores).flatMap(([metric, found]): TaskScore[] => {
      const measure = source.measures[metric];
      // A cluster with one task of this metric would only repeat it.
      const members = tasks.filter((task) => task.cluster === cluster && metric in task.scores);
      if (!measure || (together && members.length < 2)) return [];
      const values = comparison
        ? (found as ScoreChange)
        : { [after ? 'after' : 'before']: found as Score };
      return [
        {
          task: name,
          metric,
          primary: primaryMeasure(scores) === metric,
          unseen: isUnseen(cluster, trainedClusters),
          higherIsBetter: measure.higherIsBetter,
          ...(measure.range.length === 2 ? { range: measure.range } : {}),
          ...(cluster === undefined ? {} : { cluster }),
          ...(chance === undefined || !metric.startsWith('accuracy') ? {} : { chance }),
          ...(together ? { together } : {}),
          ...values,
        },
      ];
    });
  const clusters: readonly Group[] = source.clusters;
  return [
    ...clusters.flatMap((cluster) =>
      rows({ ...cluster, name: 'together', cluster: cluster.name }, true),
    ),
    ...tasks.flatMap((task) => rows(task, false)),
  ];
}

function examplesOf({ answers }: TrainSummary): ReportExample[] {
  const later = new Map(answers.after.map((answer) => [answer.id, answer]));
  const shown = answers.before.length > 0 ? answers.before : answers.after;
  return shown.map(({ id, prompt, expected, task }) => {
    const before = answers.before.find((answer) => answer.id === id)?.answer;
    const after = later.get(id)?.answer;
    return {
      prompt,
      expected,
      ...(task === undefined ? {} : { task }),
      ...(before === undefined ? {} : { before }),
      ...(after === undefined ? {} : { after }),
    };
  });
}

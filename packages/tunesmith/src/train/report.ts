import type { GroupChange } from '@tunesmith/evaluation';
import type { RunEvent } from '@tunesmith/schema';
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

function scoresOf(summary: TrainSummary): TaskScore[] {
  const { comparison, before, after, trainedClusters } = summary;
  const only = after ?? before;
  const head = (
    task: Pick<GroupChange, 'name' | 'cluster' | 'chance'> & { scores: object },
    metric: string,
  ) => ({
    task: task.name,
    metric,
    primary: primaryMeasure(task.scores as Record<string, unknown>) === metric,
    unseen: isUnseen(task.cluster, trainedClusters),
    ...(task.cluster === undefined ? {} : { cluster: task.cluster }),
    ...(task.chance === undefined || !metric.startsWith('accuracy') ? {} : { chance: task.chance }),
  });
  if (comparison) {
    return comparison.tasks.flatMap((task) =>
      Object.entries(task.scores).flatMap(([metric, change]): TaskScore[] => {
        const measure = comparison.measures[metric];
        return measure ? [{ ...head(task, metric), ...scaleOf(measure), ...change }] : [];
      }),
    );
  }
  return (only?.tasks ?? []).flatMap((task) =>
    Object.entries(task.scores).flatMap(([metric, score]): TaskScore[] => {
      const measure = only?.measures[metric];
      const one = after ? { after: score } : { before: score };
      return measure ? [{ ...head(task, metric), ...scaleOf(measure), ...one }] : [];
    }),
  );
}

function scaleOf({
  range,
  higherIsBetter,
}: {
  range: [number, number] | [number];
  higherIsBetter: boolean;
}) {
  return { higherIsBetter, ...(range.length === 2 ? { range } : {}) };
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

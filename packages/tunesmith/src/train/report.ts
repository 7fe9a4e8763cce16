import type { GroupChange } from '@tunesmith/evaluation';
import { isTokenized, type RunEvent } from '@tunesmith/schema';
import { stringify } from 'yaml';
import type { ReportData, ReportExample, TaskScore } from '../report/report-data.ts';
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
    scores: scoresOf(summary, trainedClusters(plan)),
    examples: examplesOf(summary),
    data: summary.data,
    recipe: stringify(recipe),
  };
}

/** The families of tasks that training data came from. */
function trainedClusters(plan: RunPlan): ReadonlySet<string> {
  const texts = plan.data.train.filter((record) => !isTokenized(record));
  return new Set(texts.flatMap(({ meta }) => meta?.cluster ?? []));
}

function scoresOf(summary: TrainSummary, trained: ReadonlySet<string>): TaskScore[] {
  const { comparison, before, after } = summary;
  const unseen = (cluster: string | undefined) =>
    cluster !== undefined && trained.size > 0 && !trained.has(cluster);
  const head = (
    { name, cluster, chance }: Pick<GroupChange, 'name' | 'cluster' | 'chance'>,
    metric: string,
  ) => ({
    task: name,
    metric,
    unseen: unseen(cluster),
    ...(cluster === undefined ? {} : { cluster }),
    ...(chance === undefined || !metric.startsWith('accuracy') ? {} : { chance }),
  });
  if (comparison) {
    return comparison.tasks.flatMap((task) =>
      Object.entries(task.scores).flatMap(([metric, change]): TaskScore[] => {
        const measure = comparison.measures[metric];
        return measure ? [{ ...head(task, metric), ...scaleOf(measure), ...change }] : [];
      }),
    );
  }
  const only = after ?? before;
  if (!only) return [];
  return only.tasks.flatMap((task) =>
    Object.entries(task.scores).flatMap(([metric, score]): TaskScore[] => {
      const measure = only.measures[metric];
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

import {
  choosePlugin,
  metricKind,
  requireDistinctNames,
  settle,
  type EvaluationTask,
  type Instance,
  type Metric,
} from '@tunesmith/schema';
import { aggregate, groupBy } from './aggregate.ts';
import {
  measureGenerate,
  measureLoss,
  measureObjective,
  measureRank,
  type MeasureContext,
  type Measurement,
} from './kinds.ts';
import {
  lossMeasures,
  metricMeasure,
  objectiveMeasures,
  rankMeasures,
  type Measure,
} from './measures.ts';
import type { EvaluatedModel } from './model.ts';
import type { PromptEncoder } from './prompt.ts';
import type { Evaluation, InstanceResult } from './results.ts';

/** What happens while a model is evaluated. */
export type EvaluateEvent =
  | { type: 'task-start'; task: string; kind: EvaluationTask['kind']; instances: number }
  | { type: 'progress'; task: string; done: number; instances: number; results: InstanceResult[] }
  | { type: 'task-end'; task: string };

/** What to evaluate, and how. */
export interface EvaluateOptions {
  /** The model, bound to its device and adapters. */
  languageModel: EvaluatedModel;
  /** How instances become tokens; see `createPromptEncoder`. */
  encoder: PromptEncoder;
  tasks: readonly EvaluationTask[];
  /** The metrics that tasks may name; a task of kind `generate` that names none is scored by all of them. */
  metrics?: readonly Metric[];
  /** Use only the first so many instances of each task. */
  limit?: number;
  /** Instances measured at a time; 32 by default. */
  batchSize?: number;
  /** Longest generated answer, in tokens; 64 by default. */
  maxNewTokens?: number;
  onEvent?: (event: EvaluateEvent) => void;
  /** Stops between batches, with the signal's reason. */
  signal?: AbortSignal;
}

const measuring: Record<
  EvaluationTask['kind'],
  (instances: readonly Instance[], bench: MeasureContext) => Promise<Measurement[]>
> = {
  loss: measureLoss,
  rank: measureRank,
  generate: measureGenerate,
  objective: measureObjective,
};

/**
 * Measures a model on tasks: each instance once a task, in batches, with scores and 95 % confidence intervals for each
 * task, each cluster and everything.
 *
 * Instances are filed under their own `meta.task` and `meta.cluster` where they have them, so that one task over a whole
 * held-out split shows each of its parts.
 *
 * @throws TunesmithError `unknown-name` for a metric that is not among `metrics`; `no-choices` and
 * `output-not-a-choice` from tasks of kind `rank`
 */
export async function evaluate(options: EvaluateOptions): Promise<Evaluation> {
  const { languageModel, encoder, tasks, onEvent, signal } = options;
  const { metrics = [], limit = Infinity, batchSize = 32, maxNewTokens = 64 } = options;
  const measures: Record<string, Measure> = {};
  const results: InstanceResult[] = [];
  // Names are checked before the first, possibly long, measurement.
  const plans = tasks.map((task) => ({ task, metrics: metricsOf(task, metrics) }));

  for (const { task, metrics: own } of plans) {
    Object.assign(measures, measuresOf(task, own, languageModel));
    const bench: MeasureContext = {
      model: languageModel,
      encoder,
      metrics: own,
      maxNewTokens,
      ...(signal ? { signal } : {}),
    };
    const instances = await take(task.instances(), limit);
    onEvent?.({
      type: 'task-start',
      task: task.name,
      kind: task.kind,
      instances: instances.length,
    });
    for (let start = 0; start < instances.length; start += batchSize) {
      signal?.throwIfAborted();
      const batch = instances.slice(start, start + batchSize);
      const findings = await measuring[task.kind](batch, bench);
      const filed = batch.map((instance, index) => file(task, instance, findings[index]!));
      results.push(...filed);
      onEvent?.({
        type: 'progress',
        task: task.name,
        done: start + batch.length,
        instances: instances.length,
        results: filed,
      });
    }
    onEvent?.({ type: 'task-end', task: task.name });
  }
  return summarize(results, measures);
}

function metricsOf(task: EvaluationTask, metrics: readonly Metric[]): readonly Metric[] {
  if (task.kind !== 'generate') return [];
  const mentions = task.metrics ?? metrics.map(({ name }) => name);
  const chosen = mentions.map((mention) =>
    settle(metricKind, choosePlugin(metricKind, mention, metrics)),
  );
  requireDistinctNames(chosen, { package: '@tunesmith/evaluation', kind: 'metric' });
  return chosen;
}

function measuresOf(
  task: EvaluationTask,
  metrics: readonly Metric[],
  { objective }: EvaluatedModel,
): Record<string, Measure> {
  if (task.kind === 'objective') return objective ? objectiveMeasures(objective) : {};
  if (task.kind === 'loss') return lossMeasures;
  if (task.kind === 'rank') return rankMeasures;
  return Object.fromEntries(metrics.map((metric) => [metric.name, metricMeasure(metric)]));
}

async function take<Item>(
  items: AsyncIterable<Item> | Iterable<Item>,
  limit: number,
): Promise<Item[]> {
  const taken: Item[] = [];
  if (limit <= 0) return taken;
  for await (const item of items) {
    taken.push(item);
    if (taken.length >= limit) break;
  }
  return taken;
}

function file(task: EvaluationTask, { id, meta }: Instance, finding: Measurement): InstanceResult {
  const cluster = meta?.cluster ?? task.cluster;
  return {
    id,
    source: task.name,
    kind: task.kind,
    task: meta?.task ?? task.name,
    ...(cluster === undefined ? {} : { cluster }),
    ...finding,
  };
}

function summarize(instances: InstanceResult[], measures: Record<string, Measure>): Evaluation {
  const tasks = [...groupBy(instances, ({ task }) => task)].map(([name, group]) => ({
    ...aggregate(name, group, measures),
    ...(group[0]!.cluster === undefined ? {} : { cluster: group[0]!.cluster }),
  }));
  const clusters = [...groupBy(instances, ({ cluster }) => cluster)].map(([name, group]) =>
    aggregate(name, group, measures),
  );
  return {
    measures,
    tasks,
    clusters,
    overall: aggregate('overall', instances, measures),
    instances,
  };
}

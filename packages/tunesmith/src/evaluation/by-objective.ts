import type { MeasuringObjective, Observation } from '@tunesmith/evaluation';
import type { ModelSpec, PlacedModel } from '@tunesmith/models';
import type { Adapter } from '@tunesmith/peft';
import { isInstance, type DataRecord, type EvaluationTask, type Instance } from '@tunesmith/schema';
import { createExampleMeasurer, type ExampleMeasure, type Objective } from '@tunesmith/trainer';
import type { ShownSets } from './shown-sets.ts';

/** Whether a model has answers to score: encoders and heads for labels are measured by the objective alone. */
export function writesText({ kind, headKind }: Pick<ModelSpec, 'kind' | 'headKind'>): boolean {
  return kind !== 'encoder' && headKind.kind === 'vocabulary';
}

/** Sets that are measured by the run's objective: a task for each, over all of its records. */
export function objectiveSets(sets: ShownSets): ShownSets {
  const sources = new Map<Instance, DataRecord>();
  const tasks = [...sets.records].map(([name, records]): EvaluationTask => {
    const own = records.map((record) => {
      const { id, meta } = record;
      const instance = isInstance(record)
        ? record
        : { id, instruction: id, output: '', ...(meta ? { meta } : {}) };
      sources.set(instance, record);
      return instance;
    });
    return {
      specVersion: 2,
      name,
      description: `What the objective says of ${name}.`,
      kind: 'objective',
      instances: () => own,
    };
  });
  return { ...sets, tasks, instances: [], sources };
}

/**
 * Lets `use` measure by an objective.
 *
 * @param of.placed the model on its device; it stays the caller's
 * @param of.objective made for the adapters
 */
export async function withObjective<Result>(
  of: {
    readonly placed: PlacedModel;
    readonly objective: Objective;
    readonly adapters: readonly Adapter[];
    readonly sources: NonNullable<ShownSets['sources']>;
    readonly seed: number;
  },
  use: (objective: MeasuringObjective) => Promise<Result>,
): Promise<Result> {
  const { objective, sources } = of;
  const measurer = createExampleMeasurer(of);
  const prefix = objective.unit === 'token' ? 'token-' : '';
  const counted = Object.values(objective.sums);
  try {
    return await use({
      classes: objective.classes?.names ?? [],
      measures: Object.fromEntries(
        counted.map((name) => [`${prefix}${name}`, { higherIsBetter: name === 'accuracy' }]),
      ),
      async measure(instances, { signal }) {
        const records = instances.map((instance) => sources.get(instance as Instance)!);
        signal?.throwIfAborted();
        return (await measurer.measure(records)).map((found) => ({
          observations: observationsOf(found, prefix),
          ...(found.classes ? { classes: found.classes } : {}),
        }));
      },
    });
  } finally {
    await measurer.dispose();
  }
}

function observationsOf({ sums }: ExampleMeasure, prefix: string): Record<string, Observation> {
  return Object.fromEntries(
    Object.entries(sums).map(([name, { total, over }]) => [
      name === 'loss' ? name : `${prefix}${name}`,
      { total, weight: over },
    ]),
  );
}

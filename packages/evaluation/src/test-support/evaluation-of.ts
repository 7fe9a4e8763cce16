import { aggregate } from '../harness/aggregate.ts';
import { lossMeasures, rankMeasures } from '../harness/measures.ts';
import type { Evaluation, InstanceResult } from '../harness/results.ts';

const measures = { ...lossMeasures, ...rankMeasures };

/** An evaluation of as many instances as there are numbers, in one task: accuracy, or loss over one token. */
export function evaluationOf(
  measure: 'accuracy' | 'loss',
  values: readonly number[],
  task = 'sentiment',
): Evaluation {
  const instances = values.map((total, index): InstanceResult => ({
    id: String(index),
    source: 'heldout',
    kind: measure === 'loss' ? 'loss' : 'rank',
    task,
    cluster: 'classification',
    observations: { [measure]: { total, weight: 1 } },
    references: ['yes'],
    ...(measure === 'accuracy' ? { choices: 2 } : {}),
  }));
  const group = (name: string) => aggregate(name, instances, measures);
  return {
    measures,
    instances,
    tasks: [{ ...group(task), cluster: 'classification' }],
    clusters: [group('classification')],
    overall: group('overall'),
  };
}

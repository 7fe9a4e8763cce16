import { instances } from './instances.ts';
import { findTask, heldOutCluster } from './tasks.ts';

/** How well one does without looking at the input. */
export interface Baseline {
  readonly task: string;
  /** Instances measured: all the task keeps out of training. */
  readonly instances: number;
  /** The answer most frequent in training (in the held-out cluster: of all), and its accuracy. */
  readonly majority: { readonly answer: string; readonly accuracy: number };
  /** Expected accuracy of guessing among the choices; undefined where answers are free. */
  readonly chance?: number;
}

/** The majority and chance baselines of a task on its held-out instances. */
export function baseline(taskName: string): Baseline {
  const isUnseen = findTask(taskName).cluster === heldOutCluster;
  const measured = instances(taskName, { split: isUnseen ? 'heldout-cluster' : 'heldout' });
  const known = isUnseen ? measured : instances(taskName, { split: 'train' });
  const counts = new Map<string, number>();
  for (const { output } of known) counts.set(output, (counts.get(output) ?? 0) + 1);
  const [answer] = [...counts].toSorted(([, left], [, right]) => right - left)[0]!;
  const chances = measured.flatMap(({ meta }) => (meta?.choices ? [1 / meta.choices.length] : []));
  return {
    task: taskName,
    instances: measured.length,
    majority: {
      answer,
      accuracy: measured.filter(({ output }) => output === answer).length / measured.length,
    },
    ...(chances.length > 0
      ? { chance: chances.reduce((sum, chance) => sum + chance, 0) / chances.length }
      : {}),
  };
}

import { integrate, type AnnotatedRow } from '@tunesmith/datasets';
import { shuffled, TunesmithError, type Instance } from '@tunesmith/schema';
import { isHeldOut } from './held-out.ts';
import { findTask, heldOutCluster } from './tasks.ts';

/**
 * What instances are for: `train`; `heldout`, unseen items of the tasks that are trained;
 * `heldout-cluster`, every item of the tasks that are not.
 */
export const splits = ['train', 'heldout', 'heldout-cluster'] as const;

/** One of {@link splits}. */
export type Split = (typeof splits)[number];

/** Which instances of a task are wanted. */
export interface InstanceRequest {
  readonly split: Split;
  /** Chooses the order and each item's phrasing; 0 by default. */
  readonly seed?: number;
  /** At most this many: the first ones in the seed's order. */
  readonly limit?: number;
}

const cache = new Map<string, Readonly<Record<'train' | 'heldout', readonly AnnotatedRow[]>>>();

/**
 * The instances of one task and split, each item in one phrasing, in an order fixed by the seed. The
 * items of a split never change; only order and phrasing depend on the seed.
 *
 * @throws TunesmithError `unknown-name` for a task or split that does not exist, and `empty-split`
 * where the task has no such split: only tasks of the held-out cluster have `heldout-cluster`, and
 * they have nothing else
 */
export function instances(
  taskName: string,
  { split, seed = 0, limit }: InstanceRequest,
): Instance[] {
  const task = findTask(taskName);
  if ((task.cluster === heldOutCluster) !== (split === 'heldout-cluster')) {
    throw new TunesmithError({
      package: '@tunesmith/collection',
      code: 'empty-split',
      message: `task "${task.name}" has no instances for the split "${split}"`,
      value: split,
      accepted: task.cluster === heldOutCluster ? ['heldout-cluster'] : ['train', 'heldout'],
    });
  }
  const { train, heldout } = rowsOf(taskName);
  const rows = split === 'train' ? train : split === 'heldout' ? heldout : [...train, ...heldout];
  const chosen = shuffled(rows, seed, `${task.name} ${split}`).slice(0, limit);
  return [...integrate(task, chosen, { seed, split })];
}

function rowsOf(taskName: string): Readonly<Record<'train' | 'heldout', readonly AnnotatedRow[]>> {
  let rows = cache.get(taskName);
  if (!rows) {
    const all = [...findTask(taskName).rows()];
    rows = {
      train: all.filter(({ item }) => !isHeldOut(item)),
      heldout: all.filter(({ item }) => isHeldOut(item)),
    };
    cache.set(taskName, rows);
  }
  return rows;
}

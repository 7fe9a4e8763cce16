import { mix, mixingShares, type AnnotatedTask, type MixingStrategy } from '@tunesmith/datasets';
import type { DataSource, Instance } from '@tunesmith/schema';
import { TunesmithError, validate } from '@tunesmith/schema';
import { instances, splits, type Split } from './instances.ts';
import { findTask, heldOutCluster, tasks } from './tasks.ts';

/** How the collection is put together. */
export interface CollectionOptions {
  /** Chooses order, phrasings and which instances a limit keeps; 0 by default. */
  readonly seed?: number;
  /** Names of tasks; every task of the split by default. */
  readonly tasks?: readonly string[];
  /** At most this many instances of each task. */
  readonly perTask?: number;
  /** How tasks are mixed; in proportion to their instances by default. Every instance comes once. */
  readonly mixing?: MixingStrategy;
}

/** One line of the plan: how many instances of a task a split gives. */
export interface PlanLine {
  readonly task: string;
  readonly cluster: string;
  readonly instances: number;
}

/** The instances of one split, and what they are. */
export interface CollectionSplit {
  readonly plan: readonly PlanLine[];
  /**
   * The instances, tasks mixed, in an order fixed by the seed.
   *
   * @param skip instances left out at the beginning, to go on where an earlier stream ended
   */
  stream(skip?: number): AsyncGenerator<Instance>;
}

/**
 * The instruction tasks as a data set with three splits: `train`; `heldout`, unseen items of the same
 * tasks; and `heldout-cluster`, a cluster of tasks that `train` does not have.
 *
 * @throws TunesmithError `unknown-name` for a task that does not exist, `empty-split` where no task
 * named has the split
 */
export function collection(
  options: CollectionOptions = {},
): Readonly<Record<Split, CollectionSplit>> {
  const named = options.tasks?.map(findTask) ?? tasks;
  const { seed = 0, perTask, mixing = { strategy: 'proportional' } } = options;

  const build = (split: Split): CollectionSplit => {
    const members = () =>
      named.filter(({ cluster }) => (cluster === heldOutCluster) === (split === 'heldout-cluster'));
    let lists: readonly { task: AnnotatedTask; list: Instance[] }[] | undefined;
    const listed = () =>
      (lists ??= members().map((task) => ({
        task,
        list: instances(task.name, {
          split,
          seed,
          ...(perTask === undefined ? {} : { limit: perTask }),
        }),
      })));
    return {
      get plan() {
        return listed().map(({ task, list }) => ({
          task: task.name,
          cluster: task.cluster,
          instances: list.length,
        }));
      },
      async *stream(skip = 0) {
        const parts = listed();
        if (parts.length === 0)
          throw emptySplit(
            split,
            named.map(({ name }) => name),
          );
        const shares = mixingShares(
          Object.fromEntries(parts.map(({ task, list }) => [task.name, list.length])),
          mixing,
        );
        const sources = parts.map(({ task, list }) => ({
          name: task.name,
          share: shares[task.name]!,
          open: () => list,
        }));
        yield* mix(sources, { seed, skip });
      },
    };
  };
  return {
    train: build('train'),
    heldout: build('heldout'),
    'heldout-cluster': build('heldout-cluster'),
  };
}

/** The collection as a data source of recipes: `data: [{ source: { name: collection, per_task: 500 } }]`. */
export const collectionSource: DataSource = {
  specVersion: 2,
  name: 'collection',
  description:
    'Instruction tasks over annotated data of npm packages: word meanings, forms and sounds, feelings, languages, emoji.',
  license: 'each instance names its own in meta.license',
  options: {
    type: 'object',
    additionalProperties: false,
    properties: {
      tasks: {
        type: 'array',
        minItems: 1,
        items: { enum: tasks.map(({ name }) => name) },
        description: 'Names of tasks; all by default.',
      },
      per_task: {
        type: 'integer',
        minimum: 1,
        description: 'At most this many instances of each task.',
      },
      task_numbers: {
        type: 'boolean',
        default: false,
        description:
          "Each record's meta.task_id is the number of its task, from 0 in the order of `tasks`, for methods that read it.",
      },
    },
  },
  splits,
  records({ split, seed, options }) {
    const {
      tasks: names,
      per_task: perTask,
      task_numbers: numbered,
    } = validate<{ tasks?: string[]; per_task?: number; task_numbers?: boolean }>(
      collectionSource.options!,
      options,
      { package: '@tunesmith/collection', what: 'options' },
    );
    const wanted = splits.find((name) => name === split);
    if (!wanted) throw emptySplit(split, splits);
    const stream = collection({
      seed,
      ...(names ? { tasks: names } : {}),
      ...(perTask === undefined ? {} : { perTask }),
    })[wanted].stream();
    return numbered ? withTaskNumbers(stream, names ?? tasks.map(({ name }) => name)) : stream;
  },
};

async function* withTaskNumbers(
  stream: AsyncIterable<Instance>,
  names: readonly string[],
): AsyncGenerator<Instance> {
  for await (const instance of stream)
    yield {
      ...instance,
      meta: { ...instance.meta, task_id: names.indexOf(String(instance.meta?.task)) },
    };
}

function emptySplit(split: string, accepted: readonly string[]): TunesmithError {
  return new TunesmithError({
    package: '@tunesmith/collection',
    code: 'empty-split',
    message: `there are no instances for the split "${split}"`,
    value: split,
    accepted,
  });
}

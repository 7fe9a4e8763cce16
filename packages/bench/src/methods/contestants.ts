import { tasksOf, unseenSplit, withTasks } from './collection-recipe.ts';
import { unknownName, type Mention, type Recipe } from '@tunesmith/schema';

/** One line of the table: what a recipe says of the method, and the learning rate that suits it. */
export interface MethodContestant {
  /** Unique; letters, digits and `-`. */
  readonly name: string;
  readonly method: Mention;
  /** The optimizer; AdamW by default. */
  readonly optimizer?: 'lomo' | 'adalomo';
  /** What else its recipe says, as `key=value`, on top of the recipe that all share. */
  readonly settings?: (shared: Recipe) => readonly string[];
  /** The precision of a model that stays frozen; float32 by default. */
  readonly precision?: 'nf4';
  /** Adapters that it builds on: they are trained first, and stand in its recipe as the artifact of this name. */
  readonly earlier?: {
    readonly artifact: string;
    readonly runs: (shared: Recipe) => readonly EarlierRun[];
  };
  /**
   * Peak learning rate of the optimizer: of those that `pnpm bench rates` tried on nano, each three times the last, the one with the lowest
   * loss, in runs as long as those that are compared where two were near. A model of 3 million parameters takes larger ones than the methods'
   * own.
   */
  readonly learningRate: number;
}

/** The training of an adapter that a contestant builds on. */
export type EarlierRun = Pick<MethodContestant, 'name' | 'method' | 'learningRate' | 'settings'>;

/** The method that changes nothing: what is measured before all others. */
export const untuned: MethodContestant = { name: 'untuned', method: 'none', learningRate: 0 };

const pfeifferRate = 1.2e-2;

/** What is compared: every method, at a size at which it works on a small model. */
export const methodContestants: readonly MethodContestant[] = [
  { name: 'full', method: 'full', learningRate: 1e-3 },
  {
    name: 'full-lomo',
    method: 'full',
    learningRate: 3e-1,
    optimizer: 'lomo',
  },
  {
    name: 'full-adalomo',
    method: 'full',
    learningRate: 1e-2,
    optimizer: 'adalomo',
  },
  {
    name: 'lora',
    method: { name: 'lora', r: 8, alpha: 16, targets: 'all-linear' },
    learningRate: 4e-3,
  },
  {
    name: 'lora-rslora',
    method: { name: 'lora', r: 16, alpha: 16, use_rslora: true, targets: 'all-linear' },
    learningRate: 4e-3,
  },
  {
    name: 'lora-dora',
    method: { name: 'lora', r: 8, alpha: 16, use_dora: true, targets: 'all-linear' },
    learningRate: 4e-3,
  },
  {
    name: 'lora-nf4',
    method: { name: 'lora', r: 8, alpha: 16, targets: 'all-linear' },
    precision: 'nf4',
    learningRate: 4e-3,
  },
  {
    name: 'adalora',
    method: { name: 'adalora', targets: 'all-linear' },
    learningRate: 3e-2,
  },
  { name: 'vera', method: { name: 'vera', targets: 'all-linear' }, learningRate: 3e-2 },
  { name: 'adapter', method: 'adapter', learningRate: 1.2e-2 },
  { name: 'pfeiffer', method: 'pfeiffer', learningRate: pfeifferRate },
  {
    name: 'adapter-fusion',
    method: 'adapter-fusion',
    learningRate: 4e-3,
    earlier: { artifact: 'adapters', runs: adaptersOfClusters },
  },
  { name: 'parallel-adapter', method: 'parallel-adapter', learningRate: 4e-3 },
  { name: 'ia3', method: 'ia3', learningRate: 3e-1 },
  { name: 'prompt', method: 'prompt', learningRate: 3e-1 },
  { name: 'prefix-tuning', method: 'prefix-tuning', learningRate: 3e-1 },
  { name: 'p-tuning', method: 'p-tuning', learningRate: 3e-2 },
  {
    name: 'multi-task-prompt',
    method: { name: 'multi-task-prompt-tuning', virtual_tokens: 20 },
    learningRate: 3e-1,
    settings: numberedTasks,
  },
  {
    name: 'hint',
    method: { name: 'hint', adapter_size: 32, prefix_tokens: 8, instruction_tokens: 128 },
    learningRate: 3e-3,
    // each row has parameters of its own
    settings: () => ['training.packing=false'],
  },
  {
    name: 'intrinsic-prompt-random',
    method: { name: 'intrinsic-prompt', decoder: 'random', virtual_tokens: 20 },
    learningRate: 6e-1,
  },
  { name: 'intrinsic-dimension', method: 'intrinsic-dimension', learningRate: 3e-2 },
  { name: 'bitfit', method: 'bitfit', learningRate: 3e-2 },
  { name: 'layer-norm-tuning', method: 'layer-norm-tuning', learningRate: 3e-2 },
  { name: 'freeze', method: 'freeze', learningRate: 3e-3 },
];

/** Records say the numbers of their tasks. The tasks of the unseen cluster have none, so that cluster is not measured. */
function numberedTasks(shared: Recipe): readonly string[] {
  const measured = shared.evaluation.tasks.filter((split) => split !== unseenSplit);
  return [
    `method.tasks=${tasksOf(shared).length}`,
    `evaluation.tasks=${JSON.stringify(measured)}`,
    ...shared.data.map((_, index) => `data[${index}].source.task_numbers=true`),
  ];
}

/** An adapter for each cluster of tasks, trained on it alone for as many steps as others have for all, as the paper's are for their tasks. */
function adaptersOfClusters(shared: Recipe): readonly EarlierRun[] {
  const named = tasksOf(shared);
  return [...new Set(named.map(({ cluster }) => cluster))].map((cluster) => {
    const own = named.filter((task) => task.cluster === cluster).map(({ name }) => name);
    return {
      name: cluster.replaceAll(' ', '-'),
      method: 'pfeiffer',
      learningRate: pfeifferRate,
      settings: () => withTasks(shared, own),
    };
  });
}

/**
 * The contestants of these names, in the order of the table; all where no names are given.
 *
 * @throws TunesmithError `unknown-name` for a contestant that does not exist
 */
export function chosenContestants(
  names: readonly string[] | undefined,
): readonly MethodContestant[] {
  const known = methodContestants.map(({ name }) => name);
  const unknown = names?.find((name) => !known.includes(name));
  if (unknown !== undefined)
    throw unknownName({
      package: '@tunesmith/bench',
      kind: 'contestant',
      name: unknown,
      names: known,
    });
  return methodContestants.filter(({ name }) => !names || names.includes(name));
}

import { heldOutCluster, tasks } from '@tunesmith/collection/node';
import type { RecipeInput, StageRecipe } from '@tunesmith/schema';

/** How the study is run. */
export interface IntrinsicOptions {
  /** Numbers that a task is in the subspace. */
  readonly dimensions: number;
  /** Vectors of a prompt. */
  readonly virtualTokens: number;
  /** Steps of each task's runs; finding the subspace takes six times as many. */
  readonly steps: number;
  readonly seed: number;
  /** The folder of the run. What is finished in it is not done again. */
  readonly output: string;
}

/** A task of each of four clusters, which keep others: no prompt of theirs is there when the subspace is found. */
export const unseenTasks: readonly string[] = ['verb-topic', 'plural', 'rhyme', 'written-language'];

/** The tasks whose prompts share the subspace: all others that have rows to train on. */
export const seenTasks: readonly string[] = tasks
  .filter(({ cluster }) => cluster !== heldOutCluster)
  .map(({ name }) => name)
  .filter((name) => !unseenTasks.includes(name));

/** Rows of each task: the held-out ones are fewer, so all of them are measured. */
const rowsOfTask = 1000;

/**
 * The whole of intrinsic prompt tuning as one staged recipe: a prompt for each task, the subspace of the seen tasks' prompts, then
 * every task, seen and unseen, as a few numbers in it; and as many numbers under a decoder drawn at random, to compare with. It wants
 * the plugins of `@tunesmith/collection`.
 */
export function intrinsicRecipe(options: IntrinsicOptions): RecipeInput {
  const { dimensions, virtualTokens, steps, seed, output } = options;
  const source = (task: string) => ({
    source: { name: 'collection', tasks: [task], per_task: rowsOfTask },
  });
  const training = (learningRate: number, count: number) => ({
    steps: count,
    batch_size: 8,
    max_length: 96,
    checkpoint_every: 0,
    optimizer: { learning_rate: learningRate, weight_decay: 0 },
    schedule: { name: 'cosine', warmup_steps: Math.ceil(count / 20) },
  });
  const rows = (task: string) => [
    { ...source(task), split: 'train' },
    { ...source(task), split: 'heldout' },
  ];
  // "The same tasks, new data": another seed draws other rows to train on. Held-out rows are all there are, whatever the seed.
  const other = { seed: seed + 1 };
  const stage = (name: string, job: Omit<StageRecipe, 'name' | 'job'>): StageRecipe => ({
    name,
    job: 'train',
    ...job,
  });
  const all = [...seenTasks, ...unseenTasks];
  return {
    name: 'Intrinsic prompt tuning beside prompt tuning',
    model: '@tunesmith/nano',
    device: { name: 'cpu', threads: 1 },
    evaluation: { tasks: ['heldout'], max_new_tokens: 8, before: false },
    seed,
    output,
    stages: [
      ...all.map((task) =>
        stage(`prompt-${task}`, {
          data: rows(task),
          method: { name: 'prompt', virtual_tokens: virtualTokens },
          training: training(2e-2, steps),
          evaluation: { tasks: ['heldout'], max_new_tokens: 8, before: true },
        }),
      ),
      stage('subspace', {
        data: seenTasks.map((task, index) => ({
          ...source(task),
          split: 'train',
          meta: { task_id: index },
        })),
        method: { name: 'prompt-subspace', dimensions },
        artifacts: { prompts: seenTasks.map((task) => `stages.prompt-${task}.adapter`) },
        objective: { name: 'causal-lm', label_smoothing: 0.1 },
        training: { ...training(1e-3, 6 * steps), batch_size: 16, max_grad_norm: 0.1 },
        evaluation: { tasks: [] },
      }),
      ...all.map((task) =>
        stage(`intrinsic-${task}`, {
          ...other,
          data: rows(task),
          method: 'intrinsic-prompt',
          artifacts: { subspace: 'stages.subspace.adapter' },
          training: training(2e-2, steps),
        }),
      ),
      ...all.map((task) =>
        stage(`random-${task}`, {
          ...other,
          data: rows(task),
          method: {
            name: 'intrinsic-prompt',
            decoder: 'random',
            dimensions,
            virtual_tokens: virtualTokens,
          },
          training: training(2e-2, steps),
        }),
      ),
    ],
  };
}

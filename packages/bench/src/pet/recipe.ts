import { join } from 'node:path';
import { partsOf, type Mention, type RecipeInput, type StageRecipe } from '@tunesmith/schema';
import { labels } from './rows.ts';

/** How the study is run. */
export interface PetOptions {
  /** A model that reads from left to right. */
  readonly model: string;
  readonly method: Mention;
  readonly learningRate: number;
  /** How many labeled rows, each a comparison of its own. */
  readonly labeled: readonly number[];
  /** Rows without a label, and rows to measure on. */
  readonly unlabeled: number;
  readonly heldOut: number;
  /** Steps of what learns from labeled rows; what learns from the patterns' models takes three times as many. */
  readonly steps: number;
  readonly seed: number;
  /** The folder of rows and runs. What is finished in it is not done again. */
  readonly output: string;
}

/** The run beside the rows in the study's folder. */
export const runFolderOf = (output: string): string => join(output, 'run');

/** The ways to ask, in words of our own. The gap stands last, for a model that reads from left to right. */
export const patterns = {
  'kind-of': '{word}: {definition}. So it is a kind of {mask}',
  meaning: 'The word "{word}" means "{definition}". Its group is called {mask}',
  shelf: '{definition}. That is what {word} is, and it belongs to the topic {mask}',
} as const;

const clozeTask = (pattern: keyof typeof patterns) => ({
  name: 'cloze',
  mask: 'none',
  pattern,
  task: {
    name: 'noun-topic',
    fields: ['word', 'definition'],
    words: Object.fromEntries(labels.map((label) => [label, label])),
    patterns: Object.entries(patterns).map(([name, text]) => ({ name, text })),
  },
});

/**
 * For each number of labeled rows: a classifier that learns from them alone; a model for each pattern; and PET's classifier, which
 * learns what these say of rows without a label. All begin with the same model and train by the same method.
 */
export function petRecipe(options: PetOptions): RecipeInput {
  const { model, method, learningRate, labeled, steps, seed, output } = options;
  const path = (name: string) => join(output, 'data', `${name}.jsonl`);
  const meta = { choices: [...labels] };
  const heldOut = { path: path('heldout'), split: 'heldout', meta };
  const training = (count: number) => ({
    steps: count,
    batch_size: 8,
    max_length: 96,
    packing: false,
    checkpoint_every: 0,
    optimizer: { learning_rate: learningRate, weight_decay: 0.01 },
    schedule: { name: 'linear', warmup_steps: Math.ceil(count / 10) },
  });
  const classifier = { from: model, labels: [...labels] };
  const names = Object.keys(patterns) as (keyof typeof patterns)[];
  const stagesOf = (count: number): StageRecipe[] => {
    const rows = { path: path(`labeled-${count}`), meta };
    return [
      {
        name: `supervised-${count}`,
        job: 'train',
        model: classifier,
        data: [rows, heldOut],
        objective: 'classification',
        method,
        training: training(steps),
      },
      ...names.map((pattern): StageRecipe => ({
        name: `pattern-${pattern}-${count}`,
        job: 'train',
        model,
        data: [rows, heldOut],
        template: clozeTask(pattern),
        objective: 'choice',
        method,
        training: training(steps),
      })),
      {
        name: `soft-${count}`,
        job: 'label',
        runs: names.map((pattern) => `stages.pattern-${pattern}-${count}`),
        weights: 'accuracy',
        data: [{ path: path('unlabeled'), meta }],
      },
      {
        name: `pet-${count}`,
        job: 'train',
        model: classifier,
        data: [{ path: `stages.soft-${count}.data` }],
        objective: { name: 'distillation', over: 'labels', temperature: 2 },
        method,
        training: training(3 * steps),
        evaluation: { tasks: [] },
      },
      {
        name: `measured-${count}`,
        job: 'evaluate',
        ...(partsOf(method).name === 'full'
          ? { model: `stages.pet-${count}.model` }
          : { model: classifier, adapter: { from: `stages.pet-${count}.adapter` } }),
        data: [heldOut],
        objective: 'classification',
      },
    ];
  };
  return {
    name: 'PET beside fine-tuning on the same rows',
    model,
    evaluation: { tasks: ['heldout'] },
    device: 'cpu',
    seed,
    output: runFolderOf(output),
    stages: labeled.flatMap(stagesOf),
  };
}

import type { Mention } from '@tunesmith/schema';

/** One line of the table: what a recipe says of the method, and the learning rate that suits it. */
export interface MethodContestant {
  /** Unique; letters, digits and `-`. */
  readonly name: string;
  readonly method: Mention;
  /** Peak learning rate of the optimizer. */
  readonly learningRate: number;
}

/** What is compared: every family at a size at which it works on a small model. */
export const methodContestants: readonly MethodContestant[] = [
  { name: 'full', method: 'full', learningRate: 1e-3 },
  {
    name: 'lora',
    method: { name: 'lora', r: 8, alpha: 16, targets: 'all-linear' },
    learningRate: 4e-3,
  },
  { name: 'adapter', method: 'adapter', learningRate: 4e-3 },
  { name: 'bitfit', method: 'bitfit', learningRate: 1e-2 },
  { name: 'prompt', method: 'prompt', learningRate: 2e-2 },
];

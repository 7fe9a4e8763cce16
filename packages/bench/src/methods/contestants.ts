import { TunesmithError, type Mention } from '@tunesmith/schema';

/** One line of the table: what a recipe says of the method, and the learning rate that suits it. */
export interface MethodContestant {
  /** Unique; letters, digits and `-`. */
  readonly name: string;
  readonly method: Mention;
  /**
   * Peak learning rate of the optimizer: of those that `pnpm bench rates` tried on nano, each three times the last, the one with the lowest
   * loss, in runs as long as those that are compared where two were near. A model of 3 million parameters takes larger ones than the methods'
   * own.
   */
  readonly learningRate: number;
}

/** The method that changes nothing: what is measured before all others. */
export const untuned: MethodContestant = { name: 'untuned', method: 'none', learningRate: 0 };

/** What is compared: every method that needs nothing but data, at a size at which it works on a small model. */
export const methodContestants: readonly MethodContestant[] = [
  { name: 'full', method: 'full', learningRate: 1e-3 },
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
    name: 'adalora',
    method: { name: 'adalora', targets: 'all-linear' },
    learningRate: 3e-2,
  },
  { name: 'vera', method: { name: 'vera', targets: 'all-linear' }, learningRate: 3e-2 },
  { name: 'adapter', method: 'adapter', learningRate: 1.2e-2 },
  { name: 'pfeiffer', method: 'pfeiffer', learningRate: 1.2e-2 },
  { name: 'parallel-adapter', method: 'parallel-adapter', learningRate: 4e-3 },
  { name: 'ia3', method: 'ia3', learningRate: 3e-1 },
  { name: 'prompt', method: 'prompt', learningRate: 3e-1 },
  { name: 'prefix-tuning', method: 'prefix-tuning', learningRate: 3e-1 },
  { name: 'p-tuning', method: 'p-tuning', learningRate: 3e-2 },
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
  if (unknown !== undefined) {
    throw new TunesmithError({
      package: '@tunesmith/bench',
      code: 'unknown-name',
      message: `there is no contestant "${unknown}"`,
      value: unknown,
      accepted: known,
    });
  }
  return methodContestants.filter(({ name }) => !names || names.includes(name));
}

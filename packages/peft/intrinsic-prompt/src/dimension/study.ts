import { invalidSubspace } from '../refuse.ts';

/** What tuning with some number of dimensions reached. */
export interface Attempt {
  readonly dimensions: number;
  /** Higher is better; may be a mean over seeds. */
  readonly score: number;
}

/**
 * The intrinsic dimension of a task, d90 by default: the smallest d tried whose score is at least `share` of what full fine-tuning
 * reached.
 *
 * @returns undefined where none of them reaches it: then more dimensions are to be tried
 * @throws TunesmithError `invalid-subspace` for scores of which no share can be taken: a loss, or NaN
 */
export function smallestDimension({
  full,
  attempts,
  share = 0.9,
}: {
  /** The score of full fine-tuning, above 0. */
  readonly full: number;
  /** One for each d, in any order. */
  readonly attempts: readonly Attempt[];
  readonly share?: number;
}): number | undefined {
  const unfit = [full, ...attempts.map(({ score }) => score)].find((one) => !Number.isFinite(one));
  if (unfit !== undefined || full <= 0)
    throw invalidSubspace(
      `the score ${unfit ?? full} has no share that could be reached`,
      unfit ?? full,
      'finite scores, higher is better, that of full fine-tuning above 0',
    );
  const enough = attempts.filter(({ score }) => score >= share * full);
  return enough.length === 0 ? undefined : Math.min(...enough.map(({ dimensions }) => dimensions));
}

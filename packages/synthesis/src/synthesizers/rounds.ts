import type { ReportRecorder } from '@tunesmith/datasets';

/**
 * Numbers of rounds, from 0, until it is done, or as many rounds in a row as there is patience for brought nothing new.
 *
 * @param options.progress a number that grows with whatever is new
 */
export function* rounds(options: {
  readonly done: () => boolean;
  readonly progress: () => number;
  readonly patience: number;
}): Generator<number> {
  const { done, progress, patience } = options;
  let empty = 0;
  for (let round = 0; !done() && empty < patience; round++) {
    const before = progress();
    yield round;
    empty = progress() === before ? empty + 1 : 0;
  }
}

/** Notes in the report that there is less than was wanted, where it is so. */
export function noteFewer(
  report: ReportRecorder,
  {
    what,
    there,
    wanted,
    why,
  }: {
    /** What was wanted: `instructions`. */
    readonly what: string;
    readonly there: number;
    readonly wanted: number;
    readonly why: string;
  },
): void {
  if (there >= wanted) return;
  report
    .step('what was wanted')
    .note(`${there} of ${wanted} ${what}: ${why}`, 'patience', 'fewer-than-wanted');
}

/** Why rounds ended before it was done. */
export function outOfPatience(patience: number): string {
  return `${patience} round${patience === 1 ? '' : 's'} in a row brought nothing new`;
}

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

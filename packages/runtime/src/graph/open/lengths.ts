/** The lengths of open axes in one recording, by the axes' names. */
export type Lengths = Readonly<Record<string, number>>;

/** A whole number that depends on the lengths of open axes: `factor` times the lengths of the axes named. */
export interface Extent {
  readonly factor: number;
  /** None for a number that is the same in every run. */
  readonly axes: readonly string[];
}

/**
 * What a number comes to that was seen in several recordings, each at other lengths: the same number, or a multiple of the
 * product of some lengths. Undefined where it is neither, or where two products explain it.
 *
 * @param seen the number in each recording
 */
export function extentOf(seen: readonly number[], lengths: readonly Lengths[]): Extent | undefined {
  const [first] = seen as [number];
  if (seen.every((one) => one === first)) return { factor: first, axes: [] };
  const found = subsets(Object.keys(lengths[0] as Lengths)).flatMap((axes): Extent[] => {
    const products = lengths.map((each) => productOf(axes, each));
    const factor = first / (products[0] as number);
    const fits = seen.every((one, index) => one === factor * (products[index] as number));
    return Number.isInteger(factor) && fits ? [{ factor, axes }] : [];
  });
  return found.length === 1 ? found[0] : undefined;
}

/** Whether two numbers are the same whatever the lengths are. */
export function sameExtent(one: Extent, other: Extent): boolean {
  return one.factor === other.factor && one.axes.join() === other.axes.join();
}

function productOf(axes: readonly string[], lengths: Lengths): number {
  return axes.reduce((product, axis) => product * (lengths[axis] as number), 1);
}

/** Every choice of at least one axis. */
function subsets(axes: readonly string[]): string[][] {
  return axes.reduce<string[][]>(
    (all, axis) => [...all, ...all.map((some) => [...some, axis]), [axis]],
    [],
  );
}

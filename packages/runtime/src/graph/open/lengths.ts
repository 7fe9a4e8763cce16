/** The lengths of open axes in one recording, by the axes' names. */
export type Lengths = Readonly<Record<string, number>>;

/** A whole number that depends on the lengths of open axes: `factor` times the lengths of the axes named. */
export interface Extent {
  readonly factor: number;
  /** None for a number that is the same in every run; an axis whose length counts twice is named twice. */
  readonly axes: readonly string[];
}

/**
 * What a number comes to that was seen in several recordings, each at other lengths: the same number, or a multiple of the
 * product of some lengths, each at most squared. Undefined where it is neither, or where two products explain it.
 *
 * @param seen the number in each recording
 */
export function extentOf(seen: readonly number[], lengths: readonly Lengths[]): Extent | undefined {
  const [first] = seen as [number];
  if (seen.every((one) => one === first)) return { factor: first, axes: [] };
  const found = productsOf(lengths).flatMap(({ axes, products }): Extent[] => {
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

interface Product {
  readonly axes: readonly string[];
  /** Of the axes' lengths, in each recording. */
  readonly products: readonly number[];
}

const known = new WeakMap<readonly Lengths[], readonly Product[]>();

/** Every product of lengths, computed once for each set of recordings. */
function productsOf(lengths: readonly Lengths[]): readonly Product[] {
  const found =
    known.get(lengths) ??
    choices(Object.keys(lengths[0] as Lengths)).map((axes) => ({
      axes,
      products: lengths.map((each) => productOf(axes, each)),
    }));
  known.set(lengths, found);
  return found;
}

function productOf(axes: readonly string[], lengths: Lengths): number {
  return axes.reduce((product, axis) => product * (lengths[axis] as number), 1);
}

/** Every choice of at least one axis, each once or twice. */
function choices(axes: readonly string[]): string[][] {
  const all = axes.reduce<string[][]>(
    (some, axis) => some.flatMap((one) => [one, [...one, axis], [...one, axis, axis]]),
    [[]],
  );
  return all.filter((one) => one.length > 0);
}

import type { GrowingList } from './listed.ts';

type Numbers = Float64Array | Int32Array | Uint32Array;

/** A list of numbers in a typed array, which grows by doubling: as many bytes as the kind has, and at most twice that. */
export function growingNumbers<Kind extends Numbers>(
  kind: new (length: number) => Kind,
): GrowingList<number> & { readonly numbers: Kind } {
  let all = new kind(1024);
  let length = 0;
  const numbers = (): Kind => all.subarray(0, length) as Kind;
  return {
    get length() {
      return length;
    },
    /** Those so far; a view, until one is pushed. */
    get numbers() {
      return numbers();
    },
    at: (index) => (index < length ? all[index] : undefined),
    push(number) {
      if (length === all.length) {
        const larger = new kind(2 * length);
        larger.set(all);
        all = larger;
      }
      all[length++] = number;
    },
    [Symbol.iterator]: () => numbers().values(),
  };
}

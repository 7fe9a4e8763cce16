let known: Float32Array | undefined;

/**
 * The 256 numbers of bitsandbytes' signed dynamic map, ascending: seven decades from 1e-6 to 1, of 1, 2, 4, … 64 numbers on
 * each side, with 0 and 1. Each number of a decade lies in the middle of an even part of [0.1, 1].
 *
 * @see Dettmers et al., 8-bit Optimizers via Block-wise Quantization, 2022, https://arxiv.org/abs/2110.02861
 */
export function dynamicMap(): Float32Array {
  if (known) return known;
  const numbers = [0, 1];
  for (let decade = 0; decade < 7; decade++) {
    const parts = 2 ** decade;
    // As torch's linspace in float32: from either end to the middle, each number rounded once.
    const start = Math.fround(0.1);
    const step = Math.fround(Math.fround(1 - start) / parts);
    const boundary = (i: number): number =>
      Math.fround(i < (parts + 1) >> 1 ? start + step * i : 1 - step * (parts - i));
    for (let i = 0; i < parts; i++) {
      const middle = Math.fround(Math.fround(boundary(i) + boundary(i + 1)) / 2);
      const number = Math.fround(Math.fround(10 ** (decade - 6)) * middle);
      numbers.push(number, -number);
    }
  }
  known = Float32Array.from(numbers).sort();
  return known;
}

/** Place of the number of the map that is nearest to a value. */
export function nearestDynamic(value: number): number {
  const map = dynamicMap();
  let low = 0;
  let high = map.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (map[middle]! <= value) low = middle;
    else high = middle;
  }
  return value - map[low]! <= map[high]! - value ? low : high;
}

/** The shortest length that is compiled for: shorter inputs are padded to it. */
const shortest = 16;

/**
 * The length an input of `length` tokens is padded to: the next of 16, 24, 32, 48, 64, 96, 128, … Each length is compiled
 * once, so few lengths keep compilation rare and padding below a third.
 */
export function bucketLength(length: number): number {
  let size = shortest;
  while (size < length) size *= 2;
  const between = (size / 4) * 3;
  return between >= length && between >= shortest ? between : size;
}

/** The next power of two of at least `length` and `minimum`. */
export function powerOfTwo(length: number, minimum: number): number {
  let size = minimum;
  while (size < length) size *= 2;
  return size;
}

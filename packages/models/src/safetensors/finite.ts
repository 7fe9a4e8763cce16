import { modelsError } from '../errors.ts';

/** What is not a finite number among some values. */
export interface NotFinite {
  /** Index of the first one. */
  readonly index: number;
  readonly value: number;
  /** How many there are. */
  readonly count: number;
}

/** The exponent of a float32: all ones in infinities and NaN alone. */
const exponentBits = 0x7f800000;

/** Infinities and NaN among float32 values, by their exponents in one pass; undefined where there are none. */
export function findNotFinite(values: Float32Array): NotFinite | undefined {
  const words = new Uint32Array(values.buffer, values.byteOffset, values.length);
  let index = 0;
  while (index < words.length && (words[index]! & exponentBits) !== exponentBits) index++;
  if (index === words.length) return undefined;
  const count = values.reduce((sum, value) => (Number.isFinite(value) ? sum : sum + 1), 0);
  return { index, value: values[index]!, count };
}

/**
 * Refuses values that no model can compute with.
 *
 * @param values a tensor as float32; what is beyond float32's range arrives as an infinity
 * @param place where they were read
 * @throws `not-finite` naming the tensor, its file, the first such element and how many there are
 */
export function checkFinite(
  values: Float32Array,
  place: { readonly path: string; readonly name: string },
): void {
  const found = findNotFinite(values);
  if (found === undefined) return;
  const { index, value, count } = found;
  throw modelsError({
    code: 'not-finite',
    message: `${place.path}: tensor "${place.name}" holds ${value} at element ${index}; ${count} of its ${values.length} elements are not finite in float32`,
    value: String(value),
    accepted: 'finite numbers',
  });
}

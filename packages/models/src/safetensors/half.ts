/**
 * Half-precision numbers: IEEE 754 binary16 and bfloat16, to and from float32. Node 20 has no Float16Array.
 *
 * Narrowing rounds to the nearest value, ties to even, as torch does; values beyond the range become infinities and NaN
 * stays NaN (quiet).
 */

const scratch = new DataView(new ArrayBuffer(4));

/** Bits of a float32 as an unsigned integer. */
function bitsOf(value: number): number {
  scratch.setFloat32(0, value);
  return scratch.getUint32(0);
}

/** The bfloat16 bits nearest to a float32 whose bits are `bits`. */
function narrowToBfloat16(bits: number): number {
  if ((bits & 0x7fffffff) > 0x7f800000) return ((bits >>> 16) | 0x0040) & 0xffff;
  const roundToEven = 0x7fff + ((bits >>> 16) & 1);
  return ((bits + roundToEven) >>> 16) & 0xffff;
}

/** The binary16 bits nearest to a float32 whose bits are `bits`. */
function narrowToFloat16(bits: number): number {
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00;
  // 65520 and above round to infinity.
  if (magnitude >= 0x477ff000) return sign | 0x7c00;
  if (magnitude < 0x38800000) {
    // Below 2⁻¹⁴: a subnormal, counted in units of 2⁻²⁴.
    scratch.setUint32(0, magnitude);
    const units = scratch.getFloat32(0) * 2 ** 24;
    const floor = Math.floor(units);
    const rest = units - floor;
    const up = rest > 0.5 || (rest === 0.5 && (floor & 1) === 1);
    return sign | (up ? floor + 1 : floor);
  }
  const rebased = magnitude - 0x38000000;
  const roundToEven = 0x0fff + ((rebased >>> 13) & 1);
  return sign | ((rebased + roundToEven) >>> 13);
}

let float16Values: Float32Array | undefined;

/** Every binary16 value by its bits, made on first use: 256 KiB. */
export function float16Table(): Float32Array {
  if (float16Values) return float16Values;
  const table = new Float32Array(65536);
  for (let bits = 0; bits < 65536; bits++) {
    const sign = bits & 0x8000 ? -1 : 1;
    const exponent = (bits >>> 10) & 0x1f;
    const fraction = bits & 0x3ff;
    if (exponent === 0x1f) table[bits] = fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
    else if (exponent === 0) table[bits] = sign * fraction * 2 ** -24;
    else table[bits] = sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
  }
  float16Values = table;
  return table;
}

/**
 * Widens binary16 bits into `target`, from index `offset` on.
 *
 * @param bits binary16 bit patterns
 * @param target receives `bits.length` values
 * @param offset where in `target` to begin
 */
export function float16ToFloat32(bits: Uint16Array, target: Float32Array, offset = 0): void {
  const table = float16Table();
  for (let i = 0; i < bits.length; i++) target[offset + i] = table[bits[i]!]!;
}

/**
 * Widens bfloat16 bits into `target`, from index `offset` on: bfloat16 is the upper half of a float32.
 *
 * @param bits bfloat16 bit patterns
 * @param target receives `bits.length` values
 * @param offset where in `target` to begin
 */
export function bfloat16ToFloat32(bits: Uint16Array, target: Float32Array, offset = 0): void {
  const words = new Uint32Array(target.buffer, target.byteOffset + offset * 4, bits.length);
  for (let i = 0; i < bits.length; i++) words[i] = bits[i]! << 16;
}

/** Narrows float32 values to binary16 bits, ties to even. */
export function float32ToFloat16(values: Float32Array): Uint16Array {
  const bits = new Uint16Array(values.length);
  const words = new Uint32Array(values.buffer, values.byteOffset, values.length);
  for (let i = 0; i < words.length; i++) bits[i] = narrowToFloat16(words[i]!);
  return bits;
}

/** Narrows float32 values to bfloat16 bits, ties to even. */
export function float32ToBfloat16(values: Float32Array): Uint16Array {
  const bits = new Uint16Array(values.length);
  const words = new Uint32Array(values.buffer, values.byteOffset, values.length);
  for (let i = 0; i < words.length; i++) bits[i] = narrowToBfloat16(words[i]!);
  return bits;
}

/** The value nearest to `value` that a type of 16 bits holds: what a tensor becomes when it is saved in that type. */
export function roundToHalf(value: number, dtype: 'float16' | 'bfloat16'): number {
  if (dtype === 'float16') return float16Table()[narrowToFloat16(bitsOf(value))]!;
  scratch.setUint32(0, narrowToBfloat16(bitsOf(value)) << 16);
  return scratch.getFloat32(0);
}

/** The types of eight bits, as `torch.float8_e5m2` and `torch.float8_e4m3fn`. Micikevicius et al. (2022). */
export type Float8 = 'F8_E5M2' | 'F8_E4M3';

/** Value of a sign, exponent and fraction of eight bits; E4M3 has no infinities, and NaN alone at its end. */
function valueOf(type: Float8, bits: number): number {
  const [fractionBits, bias] = type === 'F8_E5M2' ? [2, 15] : [3, 7];
  const sign = bits & 0x80 ? -1 : 1;
  const magnitude = bits & 0x7f;
  const exponent = magnitude >> fractionBits;
  const fraction = magnitude & ((1 << fractionBits) - 1);
  if (type === 'F8_E4M3' && magnitude === 0x7f) return Number.NaN;
  if (type === 'F8_E5M2' && exponent === 0x1f)
    return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  const share = fraction / (1 << fractionBits);
  return sign * (exponent === 0 ? share * 2 ** (1 - bias) : (1 + share) * 2 ** (exponent - bias));
}

/** Numbers of eight bits as float32; every one of them is one. */
export function float8ToFloat32(type: Float8, bits: Uint8Array): Float32Array {
  const values = Float32Array.from({ length: 256 }, (_, one) => valueOf(type, one));
  return Float32Array.from(bits, (one) => values[one]!);
}

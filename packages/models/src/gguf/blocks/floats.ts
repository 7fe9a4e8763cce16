import { bfloat16ToFloat32, float16ToFloat32 } from '../../safetensors/half.ts';

/** Two bytes each, little-endian, wherever they begin. */
function halves(bytes: Uint8Array): Uint16Array {
  return new Uint16Array(bytes.slice().buffer);
}

const viewOf = ({ buffer, byteOffset, byteLength }: Uint8Array): DataView =>
  new DataView(buffer, byteOffset, byteLength);

/** Numbers that stand alone, by type: each is rounded to the nearest float32. */
export const decodeFloats = {
  F32(bytes: Uint8Array, target: Float32Array): void {
    new Uint8Array(target.buffer, target.byteOffset, bytes.length).set(bytes);
  },
  F16(bytes: Uint8Array, target: Float32Array): void {
    float16ToFloat32(halves(bytes), target);
  },
  BF16(bytes: Uint8Array, target: Float32Array): void {
    bfloat16ToFloat32(halves(bytes), target);
  },
  F64(bytes: Uint8Array, target: Float32Array): void {
    const view = viewOf(bytes);
    for (let i = 0; i < target.length; i++) target[i] = view.getFloat64(8 * i, true);
  },
  I8(bytes: Uint8Array, target: Float32Array): void {
    for (let i = 0; i < target.length; i++) target[i] = (bytes[i]! << 24) >> 24;
  },
  I16(bytes: Uint8Array, target: Float32Array): void {
    const view = viewOf(bytes);
    for (let i = 0; i < target.length; i++) target[i] = view.getInt16(2 * i, true);
  },
  I32(bytes: Uint8Array, target: Float32Array): void {
    const view = viewOf(bytes);
    for (let i = 0; i < target.length; i++) target[i] = view.getInt32(4 * i, true);
  },
  I64(bytes: Uint8Array, target: Float32Array): void {
    const view = viewOf(bytes);
    for (let i = 0; i < target.length; i++) target[i] = Number(view.getBigInt64(8 * i, true));
  },
};

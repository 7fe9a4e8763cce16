import type { Files } from '@tunesmith/schema';
import { modelsError } from '../../errors.ts';
import { checkFinite } from '../../safetensors/finite.ts';
import { elementCount } from '../../safetensors/format.ts';
import { blockType, blockTypeId } from '../blocks/block-types.ts';
import { encodeBlocks, type WrittenType } from '../blocks/encode.ts';
import { valueTypes } from '../metadata-values.ts';

/** A value of metadata with its type; lists by the type of their elements. */
export type WrittenValue =
  | { readonly type: 'uint32' | 'int32' | 'float32'; readonly value: number }
  | { readonly type: 'bool'; readonly value: boolean }
  | { readonly type: 'string'; readonly value: string }
  | { readonly list: 'int32' | 'float32'; readonly values: ArrayLike<number> }
  | { readonly list: 'string'; readonly values: readonly string[] };

/** A tensor that is read when its turn to be written comes. */
export interface PendingGgufTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly type: WrittenType;
  read(): Promise<Float32Array>;
}

/** Data begins at multiples of it. */
const alignment = 32;

/** Bytes that grow. */
function createBytes(): {
  u32(value: number): void;
  u64(value: number): void;
  text(value: string): void;
  numbers(type: 'int32' | 'float32', values: ArrayLike<number>): void;
  byte(value: number): void;
  done(): Uint8Array;
} {
  const encoder = new TextEncoder();
  let bytes = new Uint8Array(2 ** 16);
  let view = new DataView(bytes.buffer);
  let at = 0;
  const room = (length: number): void => {
    if (at + length <= bytes.length) return;
    const larger = new Uint8Array(Math.max(2 * bytes.length, at + length));
    larger.set(bytes);
    bytes = larger;
    view = new DataView(bytes.buffer);
  };
  const put = (length: number, set: () => void): void => {
    room(length);
    set();
    at += length;
  };
  const u64 = (value: number): void => put(8, () => view.setBigUint64(at, BigInt(value), true));
  return {
    u32: (value) => put(4, () => view.setUint32(at, value, true)),
    u64,
    byte: (value) => put(1, () => view.setUint8(at, value)),
    text(value) {
      const encoded = encoder.encode(value);
      u64(encoded.length);
      put(encoded.length, () => bytes.set(encoded, at));
    },
    numbers(type, values) {
      for (let i = 0; i < values.length; i++)
        put(4, () =>
          type === 'int32'
            ? view.setInt32(at, values[i]!, true)
            : view.setFloat32(at, values[i]!, true),
        );
    },
    done: () => bytes.subarray(0, at),
  };
}

const padded = (length: number): number => Math.ceil(length / alignment) * alignment;

function bytesOfTensor({ shape, type }: PendingGgufTensor): number {
  const { values, bytes } = blockType(blockTypeId(type))!;
  return (elementCount(shape) / values) * bytes;
}

function headerBytes(
  metadata: ReadonlyMap<string, WrittenValue>,
  tensors: readonly PendingGgufTensor[],
): Uint8Array {
  const bytes = createBytes();
  bytes.u32(0x46554747);
  bytes.u32(3);
  bytes.u64(tensors.length);
  bytes.u64(metadata.size);
  for (const [key, written] of metadata) {
    bytes.text(key);
    if ('list' in written) {
      bytes.u32(valueTypes.array);
      bytes.u32(valueTypes[written.list]);
      bytes.u64(written.values.length);
      if (written.list === 'string') for (const value of written.values) bytes.text(value);
      else bytes.numbers(written.list, written.values);
      continue;
    }
    bytes.u32(valueTypes[written.type]);
    if (written.type === 'string') bytes.text(written.value);
    else if (written.type === 'bool') bytes.byte(written.value ? 1 : 0);
    else if (written.type === 'uint32') bytes.u32(written.value);
    else bytes.numbers(written.type, [written.value]);
  }
  let offset = 0;
  for (const tensor of tensors) {
    bytes.text(tensor.name);
    bytes.u32(tensor.shape.length);
    for (const size of tensor.shape.toReversed()) bytes.u64(size);
    bytes.u32(blockTypeId(tensor.type));
    bytes.u64(offset);
    offset = padded(offset + bytesOfTensor(tensor));
  }
  return bytes.done();
}

/**
 * Writes a GGUF file of version 3, atomically ({@link Files.write}): tensors are read, encoded and written one by one.
 *
 * @param files the folder it is to lie in
 * @param name its path there
 * @throws `not-finite`, `out-of-range` for a value that the type cannot hold; `write-failed`
 */
export async function writeGguf(
  files: Files,
  name: string,
  metadata: ReadonlyMap<string, WrittenValue>,
  tensors: readonly PendingGgufTensor[],
): Promise<void> {
  const header = headerBytes(metadata, tensors);
  await files.write(name, async (write) => {
    const pad = async (length: number): Promise<void> => {
      if (length < padded(length)) await write(new Uint8Array(padded(length) - length));
    };
    await write(header);
    await pad(header.length);
    for (const tensor of tensors) {
      const values = await tensor.read();
      const bytes = encodeBlocks[tensor.type](values);
      checkStorable(tensor, values);
      await write(bytes);
      await pad(bytes.length);
    }
  });
}

/** Numbers above these are infinities in float16, and in the scales of blocks. */
const largest = { F32: Infinity, BF16: 3.39e38, F16: 65_520, Q8_0: 65_520 * 127, Q4_0: 65_520 * 8 };

function checkStorable({ name, type }: PendingGgufTensor, values: Float32Array): void {
  checkFinite(values, { path: 'the model', name });
  const found = values.find((value) => Math.abs(value) >= largest[type]);
  if (found === undefined) return;
  throw modelsError({
    code: 'out-of-range',
    kind: 'failure',
    message: `tensor "${name}" holds ${found}, which ${type} cannot hold; nothing was written`,
    value: found,
    accepted: ['F32', 'BF16'],
  });
}

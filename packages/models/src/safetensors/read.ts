import type { HostTensor } from '@tunesmith/runtime';
import type { Files, FileState } from '@tunesmith/schema';
import { refuseLfsPointer } from '../checkpoint/lfs-pointer.ts';
import { modelsError } from '../errors.ts';
import { checkFinite } from './finite.ts';
import {
  elementBytes,
  elementCount,
  toHostTensor,
  viewElements,
  type SafetensorsTensor,
} from './format.ts';
import { bfloat16ToFloat32, float16ToFloat32 } from './half.ts';
import {
  maximumHeaderBytes,
  parseHeader,
  type SafetensorsEntry,
  type SafetensorsHeader,
} from './header.ts';

/**
 * A safetensors file whose header is read and whose tensors are read on demand. Nothing stays open between two readings; a
 * file that was replaced or written to in the meantime is refused (`file-changed`).
 */
export interface SafetensorsFile {
  /** Where it lies, for people to read. */
  readonly path: string;
  readonly metadata: Readonly<Record<string, string>>;
  /** Type, shape and place of every tensor, in the order of the header. */
  readonly entries: ReadonlyMap<string, SafetensorsEntry>;
  /** Reads one tensor as the file holds it, infinities and NaN included. */
  read(name: string): Promise<SafetensorsTensor>;
  /**
   * Reads one floating tensor of weights as float32. F32 is read straight into the result, F16 and BF16 are widened where
   * they lie in it, F64 is narrowed through a small buffer: no second copy exists.
   *
   * @throws `not-finite` for an infinity or NaN, also one that only the conversion makes
   */
  readFloat32(name: string): Promise<Float32Array>;
  /**
   * Reads elements of a floating tensor, from index `first` on, as float32 into `target` until that is full; infinities and
   * NaN included.
   */
  readFloat32Into(name: string, target: Float32Array, first?: number): Promise<void>;
}

/** Bytes read at a time where a conversion needs a buffer. */
const conversionBytes = 2 ** 20;

/** Reads bytes of one file, as it was when its header was read, until `target` is full. */
type ReadExactly = (target: Uint8Array, position: number) => Promise<void>;

function reading(files: Files, name: string, state: FileState): ReadExactly {
  const path = files.locate(name);
  return async (target, position) => {
    const done = await files.read(name, target, position, state);
    if (done === target.length) return;
    throw modelsError({
      code: 'damaged-safetensors',
      message: `${path}: the file is cut off at byte ${position + done}`,
      value: path,
    });
  };
}

/** Memory for a tensor. The file may be sparse, so that its size says nothing of what the machine can hold. */
function allocate(path: string, name: string, bytes: number): ArrayBuffer {
  try {
    return new ArrayBuffer(bytes);
  } catch (cause) {
    throw modelsError({
      code: 'tensor-too-large',
      message: `${path}: tensor "${name}" takes ${bytes} bytes, more memory than there is`,
      value: bytes,
      cause,
    });
  }
}

function bytesOf(array: ArrayBufferView): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

const isLittleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

async function stateOf(files: Files, name: string): Promise<FileState> {
  if (!isLittleEndian) {
    throw modelsError({
      code: 'big-endian',
      message: 'safetensors data is little-endian and this machine is not',
    });
  }
  const state = await files.stat(name);
  if (state !== undefined) return state;
  const path = files.locate(name);
  throw modelsError({
    code: 'file-not-read',
    message: `${path} cannot be read: there is no such file`,
    value: path,
    accepted: 'the path of a safetensors file',
  });
}

/** `{`, with which a header begins. */
const openingBrace = 0x7b;

/**
 * Reads and checks the header of a safetensors file (8 bytes of header length, JSON header, data).
 *
 * @param files the folder it lies in
 * @param name its path there
 * @throws `file-not-read`, `damaged-safetensors`, `unsupported-tensor-type`
 */
export async function openSafetensors(files: Files, name: string): Promise<SafetensorsFile> {
  const path = files.locate(name);
  const state = await stateOf(files, name);
  const { size } = state;
  const readExactly = reading(files, name, state);
  const lengthBytes = new Uint8Array(8);
  await readExactly(lengthBytes, 0);
  const headerBytes = Number(new DataView(lengthBytes.buffer).getBigUint64(0, true));
  if (headerBytes > maximumHeaderBytes || 8 + headerBytes > size) {
    if (size > 8) {
      const first = new Uint8Array(1);
      await readExactly(first, 8);
      if (first[0] !== openingBrace) {
        await refuseLfsPointer(files, name, state);
        throw modelsError({
          code: 'damaged-safetensors',
          message: `${path}: this is no file of safetensors: the ninth byte of one is "{"`,
          value: path,
          accepted: 'a .safetensors file, or a GGUF file',
        });
      }
    }
    throw modelsError({
      code: 'damaged-safetensors',
      message: `${path}: the header claims ${headerBytes} bytes, the file has ${size}`,
      value: headerBytes,
      accepted: `at most ${Math.min(maximumHeaderBytes, size - 8)}`,
    });
  }
  const header = new Uint8Array(headerBytes);
  await readExactly(header, 8);
  const dataStart = 8 + headerBytes;
  return openedFile(path, readExactly, dataStart, parseHeader(path, header, size - dataStart));
}

function openedFile(
  path: string,
  readExactly: ReadExactly,
  dataStart: number,
  { metadata, entries }: SafetensorsHeader,
): SafetensorsFile {
  const entryOf = (name: string): SafetensorsEntry => {
    const entry = entries.get(name);
    if (entry) return entry;
    throw modelsError({
      code: 'missing-tensor',
      message: `${path} holds no tensor "${name}"`,
      value: name,
    });
  };

  const read = async (name: string): Promise<SafetensorsTensor> => {
    const { dtype, shape, begin, end } = entryOf(name);
    const buffer = allocate(path, name, end - begin);
    await readExactly(new Uint8Array(buffer), dataStart + begin);
    return {
      dtype,
      shape,
      data: viewElements(dtype, buffer, 0, elementCount(shape)),
    } as SafetensorsTensor;
  };

  const readFloat32Into = async (name: string, target: Float32Array, first = 0): Promise<void> => {
    const { dtype, begin } = entryOf(name);
    if (dtype !== 'F32' && dtype !== 'F16' && dtype !== 'BF16' && dtype !== 'F64') {
      throw modelsError({
        code: 'not-a-floating-tensor',
        message: `${path}: tensor "${name}" has data type ${dtype}`,
        value: dtype,
        accepted: ['F32', 'F16', 'BF16', 'F64'],
      });
    }
    const start = dataStart + begin + first * elementBytes[dtype];
    if (dtype === 'F64') await readDoubles(readExactly, target, start);
    else if (dtype === 'F32') await readExactly(bytesOf(target), start);
    else {
      // Read into the second half and widened from the front: a value is always read before its place is written to.
      const halves = new Uint16Array(target.buffer, target.byteOffset, 2 * target.length);
      const bits = halves.subarray(target.length);
      await readExactly(bytesOf(bits), start);
      (dtype === 'F16' ? float16ToFloat32 : bfloat16ToFloat32)(bits, target);
    }
  };

  const readFloat32 = async (name: string): Promise<Float32Array> => {
    const count = elementCount(entryOf(name).shape);
    const result = new Float32Array(allocate(path, name, count * 4));
    await readFloat32Into(name, result);
    checkFinite(result, { path, name });
    return result;
  };

  return { path, metadata, entries, read, readFloat32, readFloat32Into };
}

async function readDoubles(
  readExactly: ReadExactly,
  target: Float32Array,
  start: number,
): Promise<void> {
  const doubles = new Float64Array(Math.min(conversionBytes / 8, target.length));
  for (let done = 0; done < target.length; done += doubles.length) {
    const piece = doubles.subarray(0, Math.min(doubles.length, target.length - done));
    await readExactly(bytesOf(piece), start + done * 8);
    target.set(piece, done);
  }
}

/**
 * Reads a whole safetensors file.
 *
 * @param files the folder it lies in
 * @param name its path there
 * @returns its metadata and its tensors by name, as the file holds them
 * @throws as {@link openSafetensors}
 */
export async function readSafetensors(
  files: Files,
  name: string,
): Promise<{
  metadata: Readonly<Record<string, string>>;
  tensors: Record<string, SafetensorsTensor>;
}> {
  const file = await openSafetensors(files, name);
  const tensors: [string, SafetensorsTensor][] = [];
  for (const tensor of file.entries.keys()) tensors.push([tensor, await file.read(tensor)]);
  // Not by assignment, which would lose a tensor named __proto__.
  return { metadata: file.metadata, tensors: Object.fromEntries(tensors) };
}

/**
 * Reads a whole safetensors file of weights as the runtime takes them: see {@link toHostTensor}.
 *
 * @param files the folder it lies in
 * @param name its path there
 * @throws as {@link openSafetensors} and {@link toHostTensor}; `not-finite` naming the tensor that holds an infinity or NaN
 */
export async function readWeights(files: Files, name: string): Promise<Record<string, HostTensor>> {
  const { tensors } = await readSafetensors(files, name);
  const path = files.locate(name);
  return Object.fromEntries(
    Object.entries(tensors).map(([key, tensor]) => {
      const weights = toHostTensor(tensor, key);
      if (weights.dtype === 'float32')
        checkFinite(weights.data as Float32Array, { path, name: key });
      return [key, weights];
    }),
  );
}

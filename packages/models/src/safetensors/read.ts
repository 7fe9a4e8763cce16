import { open, stat, type FileHandle } from 'node:fs/promises';
import { endianness } from 'node:os';
import type { HostTensor } from '@tunesmith/runtime';
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

/** Bytes read at a time where a conversion needs a buffer, and the most that one read call is asked for. */
const conversionBytes = 2 ** 20;
const largestRead = 2 ** 30;

async function readExactly(
  handle: FileHandle,
  path: string,
  target: Uint8Array,
  position: number,
): Promise<void> {
  for (let done = 0; done < target.length;) {
    const { bytesRead } = await handle.read(
      target,
      done,
      Math.min(largestRead, target.length - done),
      position + done,
    );
    if (bytesRead === 0) {
      throw modelsError({
        code: 'damaged-safetensors',
        message: `${path}: the file is cut off at byte ${position + done}`,
        value: path,
      });
    }
    done += bytesRead;
  }
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

/** What tells one state of a file from another. */
type Identity = Readonly<Record<'dev' | 'ino' | 'size' | 'mtimeMs', number>>;

async function openChecked(path: string): Promise<FileHandle> {
  if (endianness() !== 'LE') {
    throw modelsError({
      code: 'big-endian',
      message: 'safetensors data is little-endian and this machine is not',
    });
  }
  const refuse = (why: string, cause?: unknown): Error =>
    modelsError({
      code: 'file-not-read',
      message: `${path} cannot be opened: ${why}`,
      value: path,
      accepted: 'the path of a safetensors file',
      ...(cause === undefined ? {} : { cause }),
    });
  try {
    // Opening a pipe would wait for its other end.
    if ((await stat(path)).isFile()) return await open(path, 'r');
  } catch (cause) {
    throw refuse((cause as Error).message, cause);
  }
  throw refuse('it is not a file');
}

/** Uses the file as it was when its header was read. */
async function withFile<Result>(
  path: string,
  identity: Identity,
  use: (handle: FileHandle) => Promise<Result>,
): Promise<Result> {
  const handle = await openChecked(path);
  try {
    const found: Identity = await handle.stat();
    if ((['dev', 'ino', 'size', 'mtimeMs'] as const).some((key) => found[key] !== identity[key])) {
      throw modelsError({
        code: 'file-changed',
        kind: 'failure',
        message: `${path} was replaced or written to while it was in use`,
        value: path,
        accepted: 'files that stay as they are while a model is in use',
      });
    }
    return await use(handle);
  } finally {
    await handle.close();
  }
}

/**
 * Reads and checks the header of a safetensors file (8 bytes of header length, JSON header, data).
 *
 * @param path the file
 * @throws `file-not-read`, `damaged-safetensors`, `unsupported-tensor-type`
 */
export async function openSafetensors(path: string): Promise<SafetensorsFile> {
  const handle = await openChecked(path);
  try {
    const identity = await handle.stat();
    if (!identity.isFile()) {
      throw modelsError({
        code: 'file-not-read',
        message: `${path} is no file`,
        value: path,
        accepted: 'a safetensors file',
      });
    }
    const { size } = identity;
    const lengthBytes = new Uint8Array(8);
    await readExactly(handle, path, lengthBytes, 0);
    const headerBytes = Number(new DataView(lengthBytes.buffer).getBigUint64(0, true));
    if (headerBytes > maximumHeaderBytes || 8 + headerBytes > size) {
      throw modelsError({
        code: 'damaged-safetensors',
        message: `${path}: the header claims ${headerBytes} bytes, the file has ${size}`,
        value: headerBytes,
        accepted: `at most ${Math.min(maximumHeaderBytes, size - 8)}`,
      });
    }
    const header = new Uint8Array(headerBytes);
    await readExactly(handle, path, header, 8);
    const dataStart = 8 + headerBytes;
    return openedFile(path, identity, dataStart, parseHeader(path, header, size - dataStart));
  } finally {
    await handle.close();
  }
}

function openedFile(
  path: string,
  identity: Identity,
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
    await withFile(path, identity, (handle) =>
      readExactly(handle, path, new Uint8Array(buffer), dataStart + begin),
    );
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
    await withFile(path, identity, async (handle) => {
      if (dtype === 'F64') await readDoubles(handle, path, target, start);
      else if (dtype === 'F32') await readExactly(handle, path, bytesOf(target), start);
      else {
        // Read into the second half and widened from the front: a value is always read before its place is written to.
        const halves = new Uint16Array(target.buffer, target.byteOffset, 2 * target.length);
        const bits = halves.subarray(target.length);
        await readExactly(handle, path, bytesOf(bits), start);
        (dtype === 'F16' ? float16ToFloat32 : bfloat16ToFloat32)(bits, target);
      }
    });
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
  handle: FileHandle,
  path: string,
  target: Float32Array,
  start: number,
): Promise<void> {
  const doubles = new Float64Array(Math.min(conversionBytes / 8, target.length));
  for (let done = 0; done < target.length; done += doubles.length) {
    const piece = doubles.subarray(0, Math.min(doubles.length, target.length - done));
    await readExactly(handle, path, bytesOf(piece), start + done * 8);
    target.set(piece, done);
  }
}

/**
 * Reads a whole safetensors file.
 *
 * @param path the file
 * @returns its metadata and its tensors by name, as the file holds them
 * @throws as {@link openSafetensors}
 */
export async function readSafetensors(path: string): Promise<{
  metadata: Readonly<Record<string, string>>;
  tensors: Record<string, SafetensorsTensor>;
}> {
  const file = await openSafetensors(path);
  const tensors: [string, SafetensorsTensor][] = [];
  for (const name of file.entries.keys()) tensors.push([name, await file.read(name)]);
  // Not by assignment, which would lose a tensor named __proto__.
  return { metadata: file.metadata, tensors: Object.fromEntries(tensors) };
}

/**
 * Reads a whole safetensors file of weights as the runtime takes them: see {@link toHostTensor}.
 *
 * @param path the file
 * @throws as {@link openSafetensors} and {@link toHostTensor}; `not-finite` naming the tensor that holds an infinity or NaN
 */
export async function readWeights(path: string): Promise<Record<string, HostTensor>> {
  const { tensors } = await readSafetensors(path);
  return Object.fromEntries(
    Object.entries(tensors).map(([name, tensor]) => {
      const weights = toHostTensor(tensor, name);
      if (weights.dtype === 'float32') checkFinite(weights.data as Float32Array, { path, name });
      return [name, weights];
    }),
  );
}

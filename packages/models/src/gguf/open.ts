import type { Files } from '@tunesmith/schema';
import { modelsError } from '../errors.ts';
import { elementCount } from '../safetensors/format.ts';
import { decodedTypes } from './blocks/block-types.ts';
import { damagedGguf } from './errors.ts';
import { readGgufHeader, type GgufHeader, type GgufTensor } from './header.ts';

/** A GGUF file whose header is read and whose tensors are decoded on demand. Nothing stays open between two readings. */
export interface GgufFile extends GgufHeader {
  /** Where it lies, for people to read. */
  readonly path: string;
  /**
   * Decodes values of a tensor, from index `first` of the flattened values on, into `target` until that is full; infinities
   * and NaN included.
   *
   * @throws `missing-tensor`; `unsupported-tensor-type` for a block type that is not decoded; `file-changed`
   */
  readInto(name: string, target: Float32Array, first?: number): Promise<void>;
  /** The blocks of a tensor as they lie in the file. @throws `file-changed`, `damaged-gguf` */
  readRaw(tensor: GgufTensor): Promise<Uint8Array>;
}

/** Bytes that are read at a time. */
const pieceBytes = 2 ** 20;

/**
 * Reads and checks the header of a GGUF file.
 *
 * @param files the folder it lies in
 * @param name its path there
 * @throws `file-not-read`, `damaged-gguf`, `unsupported-gguf`
 * @see https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
 */
export async function openGguf(files: Files, name: string): Promise<GgufFile> {
  const path = files.locate(name);
  const state = await files.stat(name);
  if (state === undefined)
    throw modelsError({
      code: 'file-not-read',
      message: `${path} cannot be read: there is no such file`,
      value: path,
      accepted: 'the path of a GGUF file',
    });
  const header = await readGgufHeader(files, name, state);

  const readBlocks = async (target: Uint8Array, position: number): Promise<void> => {
    const done = await files.read(name, target, position, state);
    if (done < target.length)
      throw damagedGguf(path, `the file is cut off at byte ${position + done}`);
  };
  const readInto: GgufFile['readInto'] = async (tensorName, target, first = 0) => {
    const tensor = header.tensors.get(tensorName);
    if (!tensor)
      throw modelsError({
        code: 'missing-tensor',
        message: `${path} holds no tensor "${tensorName}"`,
        value: tensorName,
      });
    const { values, bytes, decode, name: type } = tensor.type;
    if (!decode)
      throw modelsError({
        code: 'unsupported-tensor-type',
        message: `${path}: tensor "${tensorName}" is stored in ${type}, which is not decoded`,
        value: type,
        accepted: decodedTypes,
      });
    const end = first + target.length;
    if (end > elementCount(tensor.shape))
      throw modelsError({
        code: 'out-of-range',
        message: `${path}: tensor "${tensorName}" has ${elementCount(tensor.shape)} values, and the first ${end} are asked for`,
        value: end,
      });
    const perPiece = Math.max(1, Math.floor(pieceBytes / bytes));
    const last = Math.ceil(end / values);
    for (let block = Math.floor(first / values); block < last; block += perPiece) {
      const count = Math.min(perPiece, last - block);
      const raw = new Uint8Array(count * bytes);
      await readBlocks(raw, tensor.begin + block * bytes);
      const from = block * values;
      const to = from + count * values;
      if (from >= first && to <= end) {
        decode(raw, target.subarray(from - first, to - first));
        continue;
      }
      const whole = new Float32Array(count * values);
      decode(raw, whole);
      const begin = Math.max(first, from);
      target.set(whole.subarray(begin - from, Math.min(end, to) - from), begin - first);
    }
  };
  const readRaw: GgufFile['readRaw'] = async ({ begin, bytes }) => {
    const raw = new Uint8Array(bytes);
    await readBlocks(raw, begin);
    return raw;
  };
  return { ...header, path, readInto, readRaw };
}

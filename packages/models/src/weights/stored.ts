import { modelsError } from '../errors.ts';
import { findNotFinite } from '../safetensors/finite.ts';
import { elementCount } from '../safetensors/format.ts';
import { missingWeight, weightPieces, type WeightStore } from './store.ts';
import type { WeightFile } from './weight-file.ts';

/** Where a tensor of a model is stored. */
export interface StoredWeight {
  readonly file: WeightFile;
  /** Its name in the file, which may lack a prefix. */
  readonly name: string;
  /** The part of the file's tensor that it is, from element `first` on, where files hold several tensors joined in one. */
  readonly part?: { readonly first: number; readonly shape: readonly number[] };
}

/**
 * A store over files, one or many shards. Each reading goes to the file and is widened or decoded in the array that it ends in,
 * so that memory holds nothing but what was asked for.
 *
 * Values are checked when they are read: an infinity or NaN is refused (`not-finite`, naming file, tensor and element),
 * and, the first time, what the files hold besides as copies of a tensor, such as a tied table as the head, must equal it
 * (`checkpoint-mismatch`).
 *
 * @param names the model's tensors, in order
 * @param sources where each lies
 * @param copies what the files repeat, by the name of the tensor that it must equal
 */
export function storedWeights(
  names: readonly string[],
  sources: ReadonlyMap<string, StoredWeight>,
  copies: ReadonlyMap<string, readonly StoredWeight[]> = new Map(),
): WeightStore {
  const unchecked = new Map(copies);

  const sourceOf = (name: string): StoredWeight => {
    const source = sources.get(name);
    if (source === undefined) throw missingWeight(name, names);
    return source;
  };
  const spec: WeightStore['spec'] = (name) => {
    const source = sourceOf(name);
    const whole = source.file.entries.get(source.name)!;
    const shape = source.part?.shape ?? whole.shape;
    const share = elementCount(shape) / Math.max(1, elementCount(whole.shape));
    return { shape, encoding: whole.encoding, bytes: whole.bytes * share };
  };
  const readInto: WeightStore['readInto'] = async (name, target, first = 0) => {
    const source = sourceOf(name);
    await source.file.readFloat32Into(source.name, target, (source.part?.first ?? 0) + first);
    // The error tells of the whole tensor, wherever the piece lies in it.
    if (findNotFinite(target)) await source.file.readFloat32(source.name);
  };
  const checkCopies = async (name: string): Promise<void> => {
    for (const copy of unchecked.get(name) ?? []) await checkCopy(name, copy);
    unchecked.delete(name);
  };
  const checkCopy = async (name: string, copy: StoredWeight): Promise<void> => {
    let first = 0;
    for await (const piece of weightPieces({ spec, readInto }, name)) {
      const same = new Float32Array(piece.length);
      await copy.file.readFloat32Into(copy.name, same, first);
      first += piece.length;
      if (piece.every((value, i) => value === same[i])) continue;
      throw modelsError({
        code: 'checkpoint-mismatch',
        message: `${copy.file.path}: tensor "${copy.name}" differs from "${name}", to which the configuration ties it`,
        value: copy.name,
        accepted: 'the same values, or "tie_word_embeddings": false',
      });
    }
  };
  return {
    names,
    spec,
    async read(name) {
      const source = sourceOf(name);
      const { shape } = spec(name);
      const part = source.part && new Float32Array(elementCount(shape));
      if (part) await readInto(name, part);
      const data = part ?? (await source.file.readFloat32(source.name));
      await checkCopies(name);
      return { dtype: 'float32', shape, data };
    },
    async readInto(name, target, first) {
      await readInto(name, target, first);
      await checkCopies(name);
    },
    async readBlocks(name) {
      const { file, name: stored, part } = sourceOf(name);
      if (part) return undefined;
      const blocks = await file.readBlocks?.(stored);
      if (!blocks) return undefined;
      // The error tells of the number itself.
      const { scales, least = scales } = blocks;
      if (findNotFinite(scales) || findNotFinite(least)) await file.readFloat32(stored);
      await checkCopies(name);
      return blocks;
    },
  };
}

import { modelsError } from '../errors.ts';
import { findNotFinite } from '../safetensors/finite.ts';
import type { SafetensorsType } from '../safetensors/format.ts';
import type { SafetensorsFile } from '../safetensors/read.ts';
import { missingWeight, weightPieces, type WeightStore } from './store.ts';

/** Where a tensor of a model is stored. */
export interface StoredWeight {
  readonly file: SafetensorsFile;
  /** Its name in the file, which may lack a prefix. */
  readonly name: string;
}

/** A copy of the table of a tied model, stored as its head. */
export interface TiedCopy {
  /** The table's name. */
  readonly table: string;
  readonly copy: StoredWeight;
}

/** The encodings that the types of the format stand for. */
const encodings: Partial<Record<SafetensorsType, string>> = {
  F64: 'float64',
  F32: 'float32',
  F16: 'float16',
  BF16: 'bfloat16',
};

/**
 * A store over safetensors files, one or many shards. Each reading goes to the file and is widened in the array that it ends
 * in, so that memory holds nothing but what was asked for.
 *
 * Values are checked when they are read: an infinity or NaN is refused (`not-finite`, naming file, tensor and element),
 * and, the first time, a copy of a tied table must equal the table
 * (`checkpoint-mismatch`).
 *
 * @param names the model's tensors, in order
 * @param sources where each lies
 * @param tied the copy of the table that a tied model's file holds besides
 */
export function storedWeights(
  names: readonly string[],
  sources: ReadonlyMap<string, StoredWeight>,
  tied?: TiedCopy,
): WeightStore {
  let isCopyChecked = tied === undefined;

  const sourceOf = (name: string): StoredWeight => {
    const source = sources.get(name);
    if (source === undefined) throw missingWeight(name, names);
    return source;
  };
  const spec: WeightStore['spec'] = (name) => {
    const source = sourceOf(name);
    const { dtype, shape, begin, end } = source.file.entries.get(source.name)!;
    return { shape, encoding: encodings[dtype] ?? dtype, bytes: end - begin };
  };
  const readInto: WeightStore['readInto'] = async (name, target, first) => {
    const source = sourceOf(name);
    await source.file.readFloat32Into(source.name, target, first);
    // The error tells of the whole tensor, wherever the piece lies in it.
    if (findNotFinite(target)) await source.file.readFloat32(source.name);
  };
  const checkCopy = async (name: string): Promise<void> => {
    if (isCopyChecked || tied === undefined || name !== tied.table) return;
    const { table, copy } = tied;
    let first = 0;
    for await (const piece of weightPieces({ spec, readInto }, table)) {
      const same = new Float32Array(piece.length);
      await copy.file.readFloat32Into(copy.name, same, first);
      first += piece.length;
      if (piece.every((value, i) => value === same[i])) continue;
      throw modelsError({
        code: 'checkpoint-mismatch',
        message: `${copy.file.path}: tensor "${copy.name}" differs from "${table}", to which the configuration ties it`,
        value: copy.name,
        accepted: 'the same values, or "tie_word_embeddings": false',
      });
    }
    isCopyChecked = true;
  };
  return {
    names,
    spec,
    async read(name) {
      const source = sourceOf(name);
      const data = await source.file.readFloat32(source.name);
      await checkCopy(name);
      return { dtype: 'float32', shape: spec(name).shape, data };
    },
    async readInto(name, target, first) {
      await readInto(name, target, first);
      await checkCopy(name);
    },
  };
}

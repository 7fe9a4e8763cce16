import { modelsError } from '../errors.ts';
import { checkFinite } from '../safetensors/finite.ts';
import { elementCount } from '../safetensors/format.ts';
import type { WeightBlocks, WeightSpec } from '../weights/store.ts';
import type { WeightFile } from '../weights/weight-file.ts';
import { damagedGguf } from './errors.ts';
import type { Configuration, GgufFamily, TensorChange } from './families/family.ts';
import { blockRows, multipliedEncodings } from './blocks/block-rows.ts';
import type { GgufTensor } from './header.ts';
import type { GgufFile } from './open.ts';
import { changedReader, type ReadValues } from './changed.ts';

/** Where a tensor of the model lies in the file. */
interface Source {
  readonly spec: WeightSpec;
  readonly read: ReadValues;
  readonly readBlocks?: () => Promise<WeightBlocks | undefined>;
}

/** Names of encodings as the rest of the house has them; types of blocks keep their own, in small letters. */
const encodings: Readonly<Record<string, string>> = {
  F64: 'float64',
  F32: 'float32',
  F16: 'float16',
  BF16: 'bfloat16',
};

/** The encoding of a tensor, in a word. */
export function encodingOf({ type }: GgufTensor): string {
  return encodings[type.name] ?? type.name.toLowerCase();
}

/** Tensors that the configuration has read: factors of frequencies. */
const consumed = /^(rope_freqs|rope_factors_long|rope_factors_short)\.weight$/;

/** A name with the number of its block taken out. */
export function splitName(name: string): { pattern: string; block: string } {
  const block = /(?:^|\.)blk\.(\d+)\./.exec(name)?.[1] ?? '';
  return { pattern: name.replace(/(^|\.)blk\.\d+\./, '$1blk.#.'), block };
}

/**
 * The tensors of a GGUF file under the names, in the shapes and in the order of rows that Hugging Face's classes have. Tensors
 * of which the family knows nothing keep the file's names, so that loading finds them left over.
 */
export function ggufWeights(
  file: GgufFile,
  family: GgufFamily,
  configuration: Configuration,
): WeightFile {
  const modules = family.modules(configuration);
  const changes = family.changes?.(configuration) ?? (() => undefined);
  const sources = new Map<string, Source>();
  for (const tensor of file.tensors.values()) {
    if (consumed.test(tensor.name)) continue;
    const { pattern, block } = splitName(tensor.name);
    const [, module = '', part = ''] = /^(.*)(\.[^.]+)$/.exec(pattern) ?? [];
    const known = Object.hasOwn(modules, module) ? modules[module]! : undefined;
    const target = known === undefined ? tensor.name : known.replace('#', block) + part;
    if (known?.includes('%')) addExperts(sources, file, tensor, target);
    else sources.set(target, sourceOf(file, tensor, changes(pattern)));
  }
  const sourceNamed = (name: string): Source => {
    const source = sources.get(name);
    if (source) return source;
    throw modelsError({
      code: 'missing-tensor',
      message: `${file.path} holds no tensor "${name}"`,
      value: name,
    });
  };
  return {
    path: file.path,
    entries: new Map(Array.from(sources, ([name, { spec }]) => [name, spec])),
    async readFloat32(name) {
      const { spec, read } = sourceNamed(name);
      const values = new Float32Array(elementCount(spec.shape));
      await read(values, 0);
      checkFinite(values, { path: file.path, name });
      return values;
    },
    readFloat32Into: (name, target, first = 0) => sourceNamed(name).read(target, first),
    readBlocks: async (name) => sourceNamed(name).readBlocks?.(),
  };
}

function sourceOf(file: GgufFile, tensor: GgufTensor, change: TensorChange | undefined): Source {
  const { name, shape, bytes } = tensor;
  const read: ReadValues = (target, first) => file.readInto(name, target, first);
  const spec = { shape, encoding: encodingOf(tensor), bytes };
  const readBlocks = async (rows?: Uint32Array): Promise<WeightBlocks | undefined> => {
    const [out, width, ...more] = shape;
    if (!width || more.length > 0 || !multipliedEncodings.includes(spec.encoding)) return undefined;
    return blockRows(spec.encoding, await file.readRaw(tensor), [out!, width], rows);
  };
  if (!change) return { spec, read, readBlocks };
  if (change.kind === 'rows' && change.rows !== shape[0])
    throw modelsError({
      code: 'checkpoint-mismatch',
      message: `${file.path}: tensor "${name}" has ${shape[0] ?? 0} rows, and the metadata asks for ${change.rows}`,
      value: name,
    });
  return {
    spec: change.kind === 'transposed' ? { ...spec, shape: shape.toReversed() } : spec,
    read: changedReader(read, shape, change),
    ...(change.kind === 'rows' ? { readBlocks: () => readBlocks(change.order()) } : {}),
  };
}

/** More experts than any model has. */
const mostExperts = 2 ** 16;

/** A tensor that holds those of all experts, one after the other. */
function addExperts(
  sources: Map<string, Source>,
  file: GgufFile,
  tensor: GgufTensor,
  target: string,
): void {
  const [experts = 0, ...shape] = tensor.shape;
  const count = elementCount(shape);
  if (experts > mostExperts)
    throw damagedGguf(file.path, `tensor "${tensor.name}" is of ${experts} experts`, experts);
  for (let expert = 0; expert < experts; expert++) {
    const read: ReadValues = (values, first) =>
      file.readInto(tensor.name, values, expert * count + first);
    const spec = { shape, encoding: encodingOf(tensor), bytes: tensor.bytes / experts };
    sources.set(target.replace('%', String(expert)), { spec, read });
  }
}

import type { Model } from '../../model.ts';
import { elementCount } from '../../safetensors/format.ts';
import type { WrittenType } from '../blocks/encode.ts';
import { unsupportedGguf } from '../errors.ts';
import type { Configuration, GgufFamily, TensorChange } from '../families/family.ts';
import type { PendingGgufTensor } from './write-gguf.ts';

/** How the weights of a written file are encoded. */
export type GgufEncoding = 'f32' | 'f16' | 'bf16' | 'q8_0' | 'q4_0';

const types = { f32: 'F32', f16: 'F16', bf16: 'BF16', q8_0: 'Q8_0', q4_0: 'Q4_0' } as const;

/** Finds the file's name of a tensor of the model. */
export function createNames(
  family: GgufFamily,
  configuration: Configuration,
): (name: string) => { pattern: string; name: string; expert?: number } | undefined {
  const modules = new Map(
    Object.entries(family.modules(configuration)).map(([stored, module]) => [module, stored]),
  );
  return (name) => {
    const [, module = '', part = ''] = /^(.*)(\.[^.]+)$/.exec(name) ?? [];
    const block = /\.(\d+)\./.exec(name)?.[1] ?? '';
    const numbered = module.replace(/\.\d+\./, '.#.');
    const alone = modules.get(numbered);
    const stored = alone ?? modules.get(numbered.replace(/\.experts\.\d+\./, '.experts.%.'));
    if (stored === undefined) return undefined;
    const expert = /\.experts\.(\d+)\./.exec(module)?.[1];
    return {
      pattern: stored + part,
      name: stored.replace('#', block) + part,
      ...(alone === undefined && expert !== undefined ? { expert: Number(expert) } : {}),
    };
  };
}

/** The type of a tensor: vectors stay in float32, tables and heads of `q4_0` are in Q8_0, and so is what blocks do not divide in F16. */
function typeOf(encoding: GgufEncoding, name: string, shape: readonly number[]): WrittenType {
  if (shape.length < 2 || /norm|_rel_b\.|ffn_gate_inp\.|position_embd\./.test(name)) return 'F32';
  const wanted = types[encoding];
  if (wanted !== 'Q8_0' && wanted !== 'Q4_0') return wanted;
  if (shape.at(-1)! % 32 !== 0) return 'F16';
  return /^(token_embd|output)\./.test(name) ? 'Q8_0' : wanted;
}

/** The file's values of a tensor, from the model's. */
export function changedForFile(
  values: Float32Array,
  shape: readonly number[],
  change: TensorChange | undefined,
): Float32Array {
  if (!change) return values;
  if (change.kind === 'shift') return values.map((value) => value + change.by);
  if (change.kind === 'transposed') {
    const [rows = 1, columns = 1] = shape;
    return values.map((_, i) => values[(i % rows) * columns + Math.floor(i / rows)]!);
  }
  const width = elementCount(shape) / change.rows;
  const moved = new Float32Array(values.length);
  change.order().forEach((place, row) => {
    moved.set(values.subarray(row * width, (row + 1) * width), place * width);
  });
  return moved;
}

/**
 * The tensors of a model as a file of its family has them; those of experts as one.
 *
 * @throws `unsupported-gguf` for a tensor that the family's files have no name for
 */
export function modelTensors(
  { spec, weights, files }: Model,
  family: GgufFamily,
  encoding: GgufEncoding,
): PendingGgufTensor[] {
  const named = createNames(family, spec.configuration);
  const changes = family.changes?.(spec.configuration) ?? (() => undefined);
  const experts = new Map<string, string[]>();
  const tensors: PendingGgufTensor[] = [];
  for (const [name, { shape, constant }] of Object.entries(spec.tensors)) {
    const found = named(name);
    if (!found) {
      if (constant && !weights.names.includes(name)) continue;
      throw unsupportedGguf(
        files?.locate() ?? 'the model',
        `tensor "${name}" has no name in files of the architecture ${family.architecture}`,
        name,
        'models that llama.cpp knows',
      );
    }
    if (found.expert !== undefined) {
      const parts = experts.get(found.name);
      if (parts) parts.push(name);
      else {
        const all = [name];
        experts.set(found.name, all);
        tensors.push(joined(found.name, all, shape, encoding, weights.read));
      }
      continue;
    }
    const change = changes(found.pattern);
    const stored = change?.kind === 'transposed' ? shape.toReversed() : shape;
    tensors.push({
      name: found.name,
      shape: stored,
      type: typeOf(encoding, found.name, stored),
      read: async () => {
        const { data } = await weights.read(name);
        return changedForFile(data as Float32Array, shape, change);
      },
    });
  }
  return tensors.map((tensor) => withCount(tensor, experts.get(tensor.name)?.length));
}

/** Tensors of experts in one: their count comes first in its shape once all are known. */
function withCount(tensor: PendingGgufTensor, count: number | undefined): PendingGgufTensor {
  return count === undefined ? tensor : { ...tensor, shape: [count, ...tensor.shape] };
}

function joined(
  name: string,
  parts: readonly string[],
  shape: readonly number[],
  encoding: GgufEncoding,
  read: Model['weights']['read'],
): PendingGgufTensor {
  return {
    name,
    shape,
    type: typeOf(encoding, name, shape),
    async read() {
      const size = elementCount(shape);
      const values = new Float32Array(parts.length * size);
      for (const [i, part] of parts.entries())
        values.set((await read(part)).data as Float32Array, i * size);
      return values;
    },
  };
}

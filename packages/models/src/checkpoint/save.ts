import type { HostTensor } from '@tunesmith/runtime';
import { readBytes, type Files } from '@tunesmith/schema';
import { modelsError } from '../errors.ts';
import type { Model } from '../model.ts';
import { elementCount } from '../safetensors/format.ts';
import { writeSafetensors, type FloatingType, type PendingTensor } from '../safetensors/write.ts';
import { companionFiles, fileExists, fileNames } from './files.ts';

/** How a model is saved. */
export interface SaveModelOptions {
  /** Type of the stored weights; float32 by default. Narrower types round to nearest even. */
  readonly dtype?: FloatingType;
  /** Most bytes a file may hold; models above it are split into shards with an index. 5 GB by default. */
  readonly shardBytes?: number;
}

const bytesPerElement = { float32: 4, float16: 2, bfloat16: 2 } as const;

/** Splits names, in order, into groups of at most `limit` bytes; a tensor above the limit stands alone. */
function shardNames(
  model: Model,
  elementBytes: number,
  limit: number,
): { groups: string[][]; totalBytes: number } {
  const groups: string[][] = [[]];
  let filled = 0;
  let totalBytes = 0;
  for (const name of Object.keys(model.spec.tensors)) {
    const bytes = elementCount(model.spec.tensors[name]!.shape) * elementBytes;
    if (filled > 0 && filled + bytes > limit) {
      groups.push([]);
      filled = 0;
    }
    groups.at(-1)!.push(name);
    filled += bytes;
    totalBytes += bytes;
  }
  return { groups, totalBytes };
}

/** The smallest magnitude that rounds to an infinity. */
const overflow = {
  float32: Infinity,
  float16: 65_520,
  bfloat16: (2 - 2 ** -8) * 2 ** 127,
} as const;

/** Every value must be finite, and stay so in the stored type. */
function checkStorable(name: string, { data }: HostTensor, dtype: FloatingType): void {
  let place = 0;
  // NaN compares with nothing
  while (place < data.length && Math.abs(data[place]!) < overflow[dtype]) place += 1;
  if (place === data.length) return;
  const value = data[place]!;
  const wider = Number.isFinite(value);
  throw modelsError({
    code: wider ? 'out-of-range' : 'not-finite',
    kind: 'failure',
    message: `tensor "${name}" holds ${value} at ${place}${wider ? `, which ${dtype} cannot hold` : ''}; nothing was written`,
    value,
    accepted: wider
      ? dtype === 'float16'
        ? ['float32', 'bfloat16']
        : ['float32']
      : 'finite values',
  });
}

/** A tensor of a model as the writer of its file asks for it. */
function pending({ spec, weights }: Model, name: string, dtype: FloatingType): PendingTensor {
  return {
    dtype: 'float32',
    shape: spec.tensors[name]!.shape,
    async read() {
      const tensor = await weights.read(name);
      checkStorable(name, tensor, dtype);
      return tensor;
    },
  };
}

/** The configuration with the stored type written under the key it already uses. */
function describedConfiguration(model: Model, dtype: FloatingType): string {
  const key = 'torch_dtype' in model.spec.configuration ? 'torch_dtype' : 'dtype';
  return `${JSON.stringify({ ...model.spec.configuration, [key]: dtype }, undefined, 2)}\n`;
}

/**
 * Writes the files of a model into a folder.
 *
 * @param place where they will end, as {@link Files.locate} says: a model's own folder has its tokenizer already
 * @returns their names
 */
export async function writeModelFiles(
  files: Files,
  place: string,
  model: Model,
  options: SaveModelOptions,
): Promise<Set<string>> {
  const dtype = options.dtype ?? 'float32';
  const { groups, totalBytes } = shardNames(
    model,
    bytesPerElement[dtype],
    options.shardBytes ?? 5e9,
  );
  const written = new Set<string>();
  const weightMap: Record<string, string> = {};
  for (const [i, names] of groups.entries()) {
    const number = (n: number): string => String(n).padStart(5, '0');
    const file =
      groups.length === 1
        ? fileNames.weights
        : `model-${number(i + 1)}-of-${number(groups.length)}.safetensors`;
    const tensors = Object.fromEntries(names.map((name) => [name, pending(model, name, dtype)]));
    await writeSafetensors(files, file, tensors, { format: 'pt' }, { floating: dtype });
    written.add(file);
    for (const name of names) weightMap[name] = file;
  }
  if (groups.length > 1) {
    const index = { metadata: { total_size: totalBytes }, weight_map: weightMap };
    await files.write(fileNames.index, `${JSON.stringify(index, undefined, 2)}\n`);
    written.add(fileNames.index);
  }
  await files.write(fileNames.configuration, describedConfiguration(model, dtype));
  written.add(fileNames.configuration);
  if (model.files !== undefined && model.files.locate() !== place) {
    for (const name of companionFiles) {
      if (!(await fileExists(model.files, name))) continue;
      await files.write(name, await readBytes(model.files, name));
      written.add(name);
    }
  }
  return written;
}

/** Whether {@link saveModel} writes weights under that name. */
function isWeightFile(name: string): boolean {
  return (
    name === fileNames.weights ||
    name === fileNames.index ||
    /^model-\d{5}-of-\d{5}\.safetensors$/.test(name)
  );
}

/** Removes the weight files of an earlier save that the new one did not replace. */
export async function removeStaleWeights(
  files: Files,
  written: ReadonlySet<string>,
): Promise<void> {
  for (const name of await files.list())
    if (isWeightFile(name) && !written.has(name)) await files.remove(name);
}

/** Whether {@link saveModel} writes files of that name: weights, configuration, tokenizer. */
export function isModelFile(name: string): boolean {
  const companions: readonly string[] = companionFiles;
  return isWeightFile(name) || name === fileNames.configuration || companions.includes(name);
}

/** @throws `checkpoint-mismatch` naming a missing or unknown tensor */
export function checkComplete(model: Model): void {
  const wanted = new Set(Object.keys(model.spec.tensors));
  const held = new Set(model.weights.names);
  const missing = [...wanted].find((name) => !held.has(name));
  const extra = model.weights.names.find((name) => !wanted.has(name));
  const wrong = missing ?? extra;
  if (wrong === undefined) return;
  throw modelsError({
    code: 'checkpoint-mismatch',
    message: `the model to be saved ${missing === undefined ? 'holds an unknown' : 'lacks'} tensor "${wrong}"`,
    value: wrong,
  });
}

/**
 * Saves a model in Hugging Face's layout, with its configuration and tokenizer files. Tensors are read, checked and written
 * one by one; each file is replaced atomically, and weight files of an earlier save are removed at the end.
 *
 * @param model the model; its tensors must be those of its specification
 * @param files the folder, another one than the model is read from
 * @throws `checkpoint-mismatch` naming a missing or unknown tensor; `not-finite` and `out-of-range` naming a tensor with a
 * value that is not finite or that the stored type cannot hold; what {@link Files.write} throws
 */
export async function saveModel(
  model: Model,
  files: Files,
  options: SaveModelOptions = {},
): Promise<void> {
  checkComplete(model);
  const written = await writeModelFiles(files, files.locate(), model, options);
  await removeStaleWeights(files, written);
}

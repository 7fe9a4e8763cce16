import type { HostTensor } from '@tunesmith/runtime';
import { readBytes, type Files } from '@tunesmith/schema';
import { modelsError } from '../errors.ts';
import type { Model } from '../model.ts';
import { elementCount } from '../safetensors/format.ts';
import { writeSafetensors, type FloatingType, type PendingTensor } from '../safetensors/write.ts';
import type { WeightStore } from '../weights/store.ts';
import { fileTensors, readFileTensor, type FileTensor } from './file-tensors.ts';
import { companionFiles, fileExists, fileNames } from './files.ts';

/** How a model is saved. */
export interface SaveModelOptions {
  /** Type of the stored weights; float32 by default. Narrower types round to nearest even. */
  readonly dtype?: FloatingType;
  /** Most bytes a file may hold; models above it are split into shards with an index. 5 GB by default. */
  readonly shardBytes?: number;
}

const bytesPerElement = { float32: 4, float16: 2, bfloat16: 2 } as const;

/** Splits tensors, in order, into groups of at most `limit` bytes; a tensor above the limit stands alone. */
function shards(
  tensors: readonly FileTensor[],
  elementBytes: number,
  limit: number,
): { groups: FileTensor[][]; totalBytes: number } {
  const groups: FileTensor[][] = [[]];
  let filled = 0;
  let totalBytes = 0;
  for (const tensor of tensors) {
    const bytes = elementCount(tensor.shape) * elementBytes;
    if (filled > 0 && filled + bytes > limit) {
      groups.push([]);
      filled = 0;
    }
    groups.at(-1)!.push(tensor);
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

/** A tensor of a file as its writer asks for it. */
function pending(weights: WeightStore, tensor: FileTensor, dtype: FloatingType): PendingTensor {
  return {
    dtype: 'float32',
    shape: tensor.shape,
    async read() {
      const values = await readFileTensor(weights, tensor);
      checkStorable(tensor.name, values, dtype);
      return values;
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
 * @param companions where the files beside the weights are copied from: nowhere, where the folder is the model's own
 * @returns their names
 */
export async function writeModelFiles(
  files: Files,
  model: Model,
  companions: Files | undefined,
  options: SaveModelOptions,
): Promise<Set<string>> {
  const dtype = options.dtype ?? 'float32';
  const { groups, totalBytes } = shards(
    fileTensors(model),
    bytesPerElement[dtype],
    options.shardBytes ?? 5e9,
  );
  const written = new Set<string>();
  const weightMap: Record<string, string> = {};
  for (const [i, group] of groups.entries()) {
    const number = (n: number): string => String(n).padStart(5, '0');
    const file =
      groups.length === 1
        ? fileNames.weights
        : `model-${number(i + 1)}-of-${number(groups.length)}.safetensors`;
    const tensors = Object.fromEntries(
      group.map((tensor) => [tensor.name, pending(model.weights, tensor, dtype)]),
    );
    await writeSafetensors(files, file, tensors, { format: 'pt' }, { floating: dtype });
    written.add(file);
    for (const { name } of group) weightMap[name] = file;
  }
  if (groups.length > 1) {
    const index = { metadata: { total_size: totalBytes }, weight_map: weightMap };
    await files.write(fileNames.index, `${JSON.stringify(index, undefined, 2)}\n`);
    written.add(fileNames.index);
  }
  await files.write(fileNames.configuration, describedConfiguration(model, dtype));
  written.add(fileNames.configuration);
  if (companions !== undefined) {
    for (const name of companionFiles) {
      if (!(await fileExists(companions, name))) continue;
      await files.write(name, await readBytes(companions, name));
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
  const companions = model.files === files ? undefined : model.files;
  const written = await writeModelFiles(files, model, companions, options);
  await removeStaleWeights(files, written);
}

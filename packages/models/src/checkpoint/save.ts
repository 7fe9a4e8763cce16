import { chmod, mkdir, mkdtemp, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import type { HostTensor } from '@tunesmith/runtime';
import { systemReason, TunesmithError } from '@tunesmith/schema';
import { modelsError } from '../errors.ts';
import type { Model } from '../model.ts';
import { writeFileAtomically } from '../safetensors/atomic.ts';
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

function checkComplete(model: Model): void {
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

/** Writes the files of a model into a folder; `directory` is where they will end. @returns their names, in order */
async function writeInto(
  folder: string,
  directory: string,
  model: Model,
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
    await writeSafetensors(join(folder, file), tensors, { format: 'pt' }, { floating: dtype });
    written.add(file);
    for (const { name } of group) weightMap[name] = file;
  }
  if (groups.length > 1) {
    const index = { metadata: { total_size: totalBytes }, weight_map: weightMap };
    await writeFileAtomically(
      join(folder, fileNames.index),
      `${JSON.stringify(index, undefined, 2)}\n`,
    );
    written.add(fileNames.index);
  }
  await writeFileAtomically(
    join(folder, fileNames.configuration),
    describedConfiguration(model, dtype),
  );
  written.add(fileNames.configuration);
  if (model.directory !== undefined && resolve(model.directory) !== resolve(directory)) {
    for (const name of companionFiles) {
      const source = join(model.directory, name);
      if (await fileExists(source)) {
        await writeFileAtomically(join(folder, name), await readFile(source));
        written.add(name);
      }
    }
  }
  return written;
}

function isWeightFile(name: string): boolean {
  return (
    name === fileNames.weights ||
    name === fileNames.index ||
    /^model-\d{5}-of-\d{5}\.safetensors$/.test(name)
  );
}

/** Weight files of an earlier save that the new one did not replace. */
async function removeStaleWeights(folder: string, written: ReadonlySet<string>): Promise<void> {
  for (const name of await readdir(folder))
    if (isWeightFile(name) && !written.has(name)) await rm(join(folder, name));
}

/** Whether {@link saveModel} writes files of that name: weights, configuration, tokenizer. */
export function isModelFile(name: string): boolean {
  const companions: readonly string[] = companionFiles;
  return isWeightFile(name) || name === fileNames.configuration || companions.includes(name);
}

/**
 * Saves a model in Hugging Face's layout, with its configuration and tokenizer files. Tensors are read, checked and written
 * one by one.
 *
 * A new directory appears complete or not at all. In an existing one nothing changes before every file is written; then each
 * is replaced atomically, so that a model may be saved where it was loaded from (and must be loaded again to be read).
 *
 * @param model the model; its tensors must be those of its specification
 * @param directory the folder, made if need be
 * @throws `checkpoint-mismatch` naming a missing or unknown tensor; `not-finite` and `out-of-range` naming a tensor with a
 * value that is not finite or that the stored type cannot hold; `write-failed`, for example on a full disk
 */
export async function saveModel(
  model: Model,
  directory: string,
  options: SaveModelOptions = {},
): Promise<void> {
  checkComplete(model);
  const target = resolve(directory);
  const exists = await stat(target).then(
    () => true,
    () => false,
  );
  const parent = exists ? target : dirname(target);
  await mkdir(parent, { recursive: true });
  const temporary = await mkdtemp(join(parent, `.${basename(target)}.`));
  try {
    const written = await writeInto(temporary, target, model, options);
    if (exists) {
      for (const name of written) await rename(join(temporary, name), join(target, name));
      await removeStaleWeights(target, written);
    } else {
      // A temporary folder is made for its owner alone; a model's folder is like any other.
      await chmod(temporary, 0o777 & ~process.umask());
      await rename(temporary, target);
    }
  } catch (error) {
    if (!TunesmithError.is(error) || error.code !== 'write-failed') throw error;
    const state = exists ? 'what was there is as it was before' : 'nothing of it is left';
    throw modelsError({
      code: 'write-failed',
      kind: 'failure',
      message: `${directory} was not written, and ${state}: ${systemReason(error.cause) ?? (error.cause as Error).message}`,
      value: directory,
      cause: error,
    });
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

import type { HostTensor } from '@tunesmith/runtime';
import type { Files } from '@tunesmith/schema';
import { modelsError } from '../errors.ts';
import { openGguf } from '../gguf/open.ts';
import { encodingOf } from '../gguf/weights.ts';
import { elementCount, type SafetensorsTensor } from '../safetensors/format.ts';
import { float8ToFloat32 } from '../safetensors/float8.ts';
import { openSafetensors } from '../safetensors/read.ts';
import { safetensorsWeights } from '../weights/weight-file.ts';
import type { WeightSpec } from '../weights/store.ts';
import { fileExists, fileNames, readJsonObject } from './files.ts';
import { refuseOnnx, refusePickled } from './folder.ts';
import { weightFiles } from './inventory.ts';

/** A tensor as its file names and stores it. */
export interface StoredTensor extends WeightSpec {
  readonly name: string;
  /** The file that holds it. */
  readonly file: string;
  /** Its values decoded to float32; integers are rounded to the nearest. What is not finite stays so. */
  read(): Promise<HostTensor & { readonly dtype: 'float32' }>;
}

/** What files of weights hold, whatever they are of. */
export interface StoredTensors {
  /** Metadata by file: keys of a GGUF file, `__metadata__` of safetensors, the settings of a folder's configuration. */
  readonly metadata: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly tensors: readonly StoredTensor[];
}

/** Configurations of models and adapters. */
const configurations = [fileNames.configuration, 'adapter_config.json'];

/**
 * Opens files of weights as they are, under their own names: a safetensors or GGUF file, a model's folder with its shards, or any
 * folder that holds such files, as adapters do.
 *
 * @param files the folder
 * @param name a file in it; the whole folder if absent
 * @throws `no-weights`, `pickled-weights`, `not-a-model` for one of ONNX, `invalid-index`, and the errors of reading headers
 */
export async function openStoredTensors(files: Files, name?: string): Promise<StoredTensors> {
  const names = name === undefined ? await namesIn(files) : [name];
  const metadata: [string, Record<string, unknown>][] = [];
  if (name === undefined)
    for (const one of configurations)
      if (await fileExists(files, one)) metadata.push([one, await readJsonObject(files, one)]);
  const tensors: StoredTensor[] = [];
  for (const one of names) {
    refusePickled(files.locate(one));
    refuseOnnx(files.locate(one));
    const opened = await ((await isGguf(files, one)) ? ofGguf : ofSafetensors)(files, one);
    if (Object.keys(opened.metadata).length > 0) metadata.push([one, opened.metadata]);
    tensors.push(...opened.tensors);
  }
  return { metadata: Object.fromEntries(metadata), tensors };
}

/** The files of weights of a folder: those of its model, else all that lie in it. */
async function namesIn(files: Files): Promise<readonly string[]> {
  for (const name of [fileNames.weights, fileNames.index])
    if (await fileExists(files, name)) return (await weightFiles(files)).names;
  const listed = await files.list();
  const found = listed.filter((name) => /\.(safetensors|gguf)$/i.test(name));
  if (found.length > 0) return found;
  for (const name of listed) refusePickled(files.locate(name));
  throw modelsError({
    code: 'no-weights',
    message: `${files.locate()} holds no weights`,
    value: files.locate(),
    accepted: 'a folder or a file of safetensors or GGUF',
  });
}

/** Whether a file is called as GGUF files are, or begins as they do. */
async function isGguf(files: Files, name: string): Promise<boolean> {
  if (/\.gguf$/i.test(name)) return true;
  const magic = new Uint8Array(4);
  if (((await files.stat(name))?.size ?? 0) < magic.length) return false;
  await files.read(name, magic);
  return String.fromCharCode(...magic) === 'GGUF';
}

interface OpenedFile {
  readonly metadata: Record<string, unknown>;
  readonly tensors: StoredTensor[];
}

async function ofGguf(files: Files, name: string): Promise<OpenedFile> {
  const file = await openGguf(files, name);
  const tensors = Array.from(file.tensors.values(), (tensor): StoredTensor => {
    const { shape, bytes } = tensor;
    const read: StoredTensor['read'] = async () => {
      const data = new Float32Array(elementCount(shape));
      await file.readInto(tensor.name, data);
      return { dtype: 'float32', shape, data };
    };
    return { name: tensor.name, file: name, shape, encoding: encodingOf(tensor), bytes, read };
  });
  return { metadata: Object.fromEntries(file.metadata), tensors };
}

async function ofSafetensors(files: Files, name: string): Promise<OpenedFile> {
  const file = await openSafetensors(files, name);
  const weights = safetensorsWeights(file);
  const tensors = Array.from(file.entries.keys(), (tensor): StoredTensor => {
    const spec = weights.entries.get(tensor)!;
    const { shape } = spec;
    const read: StoredTensor['read'] = async () => ({
      dtype: 'float32',
      shape,
      data: await asFloats(file.entries.get(tensor)!.dtype, {
        floats: async (into) => file.readFloat32Into(tensor, into),
        whole: async () => file.read(tensor),
        count: elementCount(shape),
      }),
    });
    return { ...spec, name: tensor, file: name, read };
  });
  return { metadata: { ...file.metadata }, tensors };
}

/** The values of a tensor: floating types are widened where they end, integers are converted. */
async function asFloats(
  dtype: SafetensorsTensor['dtype'],
  from: {
    readonly count: number;
    floats(into: Float32Array): Promise<void>;
    whole(): Promise<SafetensorsTensor>;
  },
): Promise<Float32Array> {
  if (dtype === 'F32' || dtype === 'F16' || dtype === 'BF16' || dtype === 'F64') {
    const data = new Float32Array(from.count);
    await from.floats(data);
    return data;
  }
  const whole = await from.whole();
  if (whole.dtype === 'F8_E5M2' || whole.dtype === 'F8_E4M3')
    return float8ToFloat32(whole.dtype, whole.data);
  return Float32Array.from(whole.data as ArrayLike<number | bigint>, Number);
}

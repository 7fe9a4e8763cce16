import { TunesmithError, type Files } from '@tunesmith/schema';
import { modelsError } from '../errors.ts';
import { ggufFolder, isGgufFolder } from '../gguf/folder.ts';
import { areParts } from '../gguf/split.ts';
import { fileExists, fileNames } from './files.ts';

/** Names of files that Python's pickle wrote, as PyTorch does. */
const pickled = /\.(bin|pt|pth|ckpt|pkl|pickle)$/i;

/** Refuses a file whose reading could run whatever program stands in it. */
export function refusePickled(path: string): void {
  if (!pickled.test(path)) return;
  throw modelsError({
    code: 'pickled-weights',
    message: `${path} is a pickle, as PyTorch writes it: reading one can run code that stands in it, so none is read`,
    value: path,
    accepted:
      'safetensors or GGUF: convert it where you trust it, for example with save_pretrained of transformers',
  });
}

/** Refuses a model in ONNX, which is written here and not read. */
export function refuseOnnx(path: string): void {
  if (!/\.onnx(_data(_\d+)?)?$/i.test(path)) return;
  throw modelsError({
    code: 'not-a-model',
    message: `${path} is a model in ONNX, which is written for other programs and not read`,
    value: path,
    accepted: 'what it was made from: a folder with safetensors, or a GGUF file',
  });
}

/** Names of the files in a folder; none where an address cannot list them. */
async function listed(files: Files): Promise<string[]> {
  return files.list().catch((error: unknown) => {
    if (TunesmithError.is(error) && error.code === 'no-listing') return [];
    throw error;
  });
}

/**
 * A model's folder in Hugging Face's layout. One that holds no safetensors and a single GGUF file, or the
 * parts of one, is that file's.
 *
 * @throws `several-gguf-files`; `pickled-weights` or `not-a-model` where there are pickles or ONNX alone; errors of `ggufFolder`
 */
export async function modelFolder(files: Files): Promise<Files> {
  if (isGgufFolder(files)) return files;
  for (const name of [fileNames.weights, fileNames.index])
    if (await fileExists(files, name)) return files;
  const names = await listed(files);
  const [only, ...others] = names.filter((name) => /\.gguf$/i.test(name));
  if (only === undefined) {
    const old = names.find((name) => pickled.test(name) && !name.startsWith('training_args'));
    if (old !== undefined) refusePickled(files.locate(old));
    for (const graph of ['model.onnx', 'decoder_model_merged.onnx'])
      for (const name of [graph, `onnx/${graph}`])
        if (await fileExists(files, name)) refuseOnnx(files.locate(name));
    return files;
  }
  if (others.length === 0 || areParts([only, ...others])) return ggufFolder(files, only);
  throw modelsError({
    code: 'several-gguf-files',
    message: `${files.locate()} holds ${1 + others.length} GGUF files: ${[only, ...others].join(', ')}`,
    value: files.locate(),
    accepted: 'the path of one of them',
  });
}

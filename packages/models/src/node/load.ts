import { stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import type { Files } from '@tunesmith/schema';
import { nodeFiles } from '@tunesmith/schema/node';
import { modelFolder, refuseOnnx, refusePickled } from '../checkpoint/folder.ts';
import { modelsError } from '../errors.ts';
import { ggufFolder } from '../gguf/folder.ts';
import * as checkpoint from '../checkpoint/load.ts';
import type { Model } from '../model.ts';
import * as tokenizers from '../tokenizer/load.ts';
import type { Tokenizer } from '../tokenizer/tokenizer.ts';

/**
 * The files of a model: those of its folder, or those that a GGUF file stands for, `config.json` and `tokenizer.json` included.
 *
 * @param path a folder, which may hold nothing but a GGUF file, or such a file
 * @throws `pickled-weights` for a file that PyTorch wrote, `not-a-model` for one of safetensors or of ONNX; errors of `modelFolder`
 */
export async function modelFiles(path: string): Promise<Files> {
  const isFile = await stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
  if (!isFile) return modelFolder(nodeFiles(path));
  refusePickled(path);
  refuseOnnx(path);
  if (/\.(safetensors|json)$/i.test(path))
    throw modelsError({
      code: 'not-a-model',
      message: `${path} is a file of a model, and its configuration lies beside it`,
      value: path,
      accepted: `the folder ${dirname(path)}, or a GGUF file`,
    });
  return ggufFolder(nodeFiles(dirname(path)), basename(path));
}

/**
 * Loads a model from a folder or a GGUF file: see {@link checkpoint.loadModel}, which takes any `Files`.
 *
 * @param path the folder, or the file
 * @param options which architectures may read it, and a head for labels that it is to have
 */
export async function loadModel(
  path: string,
  options: checkpoint.LoadOptions = {},
): Promise<Model> {
  return checkpoint.loadModel(await modelFiles(path), options);
}

/** Loads the tokenizer of a model's folder or GGUF file: see {@link tokenizers.loadTokenizer}, which takes any `Files`. */
export async function loadTokenizer(path: string): Promise<Tokenizer> {
  return tokenizers.loadTokenizer(await modelFiles(path));
}

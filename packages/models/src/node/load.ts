import { stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import type { Files } from '@tunesmith/schema';
import { nodeFiles } from '@tunesmith/schema/node';
import { refusePickled } from '../checkpoint/folder.ts';
import { ggufFolder } from '../gguf/folder.ts';
import * as checkpoint from '../checkpoint/load.ts';
import type { Model } from '../model.ts';
import * as tokenizers from '../tokenizer/load.ts';
import type { Tokenizer } from '../tokenizer/tokenizer.ts';

/** A model's folder, or the GGUF file that a path leads to. @throws `pickled-weights` for a file that PyTorch wrote */
async function filesOf(path: string): Promise<Files> {
  const isFile = await stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
  if (!isFile) return nodeFiles(path);
  refusePickled(path);
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
  return checkpoint.loadModel(await filesOf(path), options);
}

/** Loads the tokenizer of a model's folder or GGUF file: see {@link tokenizers.loadTokenizer}, which takes any `Files`. */
export async function loadTokenizer(path: string): Promise<Tokenizer> {
  return tokenizers.loadTokenizer(await filesOf(path));
}

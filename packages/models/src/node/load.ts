import { nodeFiles } from '@tunesmith/schema/node';
import * as checkpoint from '../checkpoint/load.ts';
import type { Model } from '../model.ts';
import * as tokenizers from '../tokenizer/load.ts';
import type { Tokenizer } from '../tokenizer/tokenizer.ts';

/**
 * Loads a model from a directory: see {@link checkpoint.loadModel}, which takes any `Files`.
 *
 * @param directory the folder
 * @param options which architectures may read it, and a head for labels that it is to have
 */
export async function loadModel(
  directory: string,
  options: checkpoint.LoadOptions = {},
): Promise<Model> {
  return checkpoint.loadModel(nodeFiles(directory), options);
}

/** Loads the tokenizer of a model's directory: see {@link tokenizers.loadTokenizer}, which takes any `Files`. */
export async function loadTokenizer(directory: string): Promise<Tokenizer> {
  return tokenizers.loadTokenizer(nodeFiles(directory));
}

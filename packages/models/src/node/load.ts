import { nodeFiles } from '@tunesmith/schema/node';
import * as checkpoint from '../checkpoint/load.ts';
import type { Architecture, Model } from '../model.ts';
import * as tokenizers from '../tokenizer/load.ts';
import type { Tokenizer } from '../tokenizer/tokenizer.ts';

/**
 * Loads a model from a directory: see {@link checkpoint.loadModel}, which takes any `Files`.
 *
 * @param directory the folder
 * @param options `architectures`: which ones may read it; the built-in ones by default
 */
export async function loadModel(
  directory: string,
  options: { readonly architectures?: readonly Architecture[] } = {},
): Promise<Model> {
  return checkpoint.loadModel(nodeFiles(directory), options);
}

/** Loads the tokenizer of a model's directory: see {@link tokenizers.loadTokenizer}, which takes any `Files`. */
export async function loadTokenizer(directory: string): Promise<Tokenizer> {
  return tokenizers.loadTokenizer(nodeFiles(directory));
}

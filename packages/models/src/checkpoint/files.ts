import { readText, type Files } from '@tunesmith/schema';
import { modelsError } from '../errors.ts';
import { refuseLfsPointer } from './lfs-pointer.ts';

/** Names of a checkpoint's files, as Hugging Face's tools write them. */
export const fileNames = {
  configuration: 'config.json',
  weights: 'model.safetensors',
  index: 'model.safetensors.index.json',
} as const;

/** Files beside the weights that belong to a model and are copied along with it. */
export const companionFiles = [
  'generation_config.json',
  'tokenizer.json',
  'tokenizer_config.json',
  'special_tokens_map.json',
  'added_tokens.json',
  'vocab.json',
  'merges.txt',
  'tokenizer.model',
  'chat_template.jinja',
  'chat_template.json',
] as const;

/** Whether there is a file of that name. */
export async function fileExists(files: Files, name: string): Promise<boolean> {
  return (await files.stat(name)) !== undefined;
}

/** More than any tokenizer's file, in bytes. */
const largestJson = 500_000_000;

/**
 * Reads a JSON object.
 *
 * @throws `file-not-read` where the file is missing, `invalid-json` where it is not a JSON object,
 * `lfs-pointer` where Git LFS did not bring it; all name the file
 */
export async function readJsonObject(files: Files, name: string): Promise<Record<string, unknown>> {
  const path = files.locate(name);
  const state = await files.stat(name);
  const size = state?.size ?? 0;
  if (size > largestJson) {
    throw modelsError({
      code: 'file-not-read',
      message: `${path} cannot be read: it has ${size} bytes, more than ${largestJson}`,
      value: path,
    });
  }
  const text = await readText(files, name);
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    if (state) await refuseLfsPointer(files, name, state);
    throw modelsError({
      code: 'invalid-json',
      message: `${path} is not JSON: ${(cause as Error).message}`,
      value: path,
      cause,
    });
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw modelsError({
      code: 'invalid-json',
      message: `${path} does not hold a JSON object`,
      value: path,
    });
  }
  return parsed as Record<string, unknown>;
}

/** Reads a JSON object, or undefined where there is no such file. */
export async function readOptionalJson(
  files: Files,
  name: string,
): Promise<Record<string, unknown> | undefined> {
  return (await fileExists(files, name)) ? readJsonObject(files, name) : undefined;
}

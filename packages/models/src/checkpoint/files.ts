import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { modelsError } from '../errors.ts';

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

/** Whether a file exists. */
export async function fileExists(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}

/** More than any tokenizer's file, in bytes. */
const largestJson = 500_000_000;

/**
 * Reads a JSON object.
 *
 * @throws `file-not-read` where the file is missing, `invalid-json` where it is not a JSON object; both name the file
 */
export async function readJsonObject(path: string): Promise<Record<string, unknown>> {
  let text: string;
  try {
    const { size } = await stat(path);
    if (size > largestJson) throw new Error(`it has ${size} bytes, more than ${largestJson}`);
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw modelsError({
      code: 'file-not-read',
      message: `${path} cannot be read: ${(cause as Error).message}`,
      value: path,
      cause,
    });
  }
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
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
  directory: string,
  name: string,
): Promise<Record<string, unknown> | undefined> {
  const path = join(directory, name);
  return (await fileExists(path)) ? readJsonObject(path) : undefined;
}

import { readFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { readBytes, sha256, type Files } from '@tunesmith/schema';
import type { Json } from '@tunesmith/trainer';
import { artifactFiles } from './artifacts.ts';
import type { RunPlan } from './plan.ts';

/** Files of a model's folder that decide which tokens a text becomes, and where an answer ends. */
const tokenizerFiles = [
  'added_tokens.json',
  'chat_template.jinja',
  'chat_template.json',
  'generation_config.json',
  'special_tokens_map.json',
  'tokenizer.json',
  'tokenizer_config.json',
] as const;

/**
 * What a run's numbers follow from besides what the trainer sees: the prompt template by name, and the files of the
 * tokenizer and of plugins and artifacts by a digest of their bytes, and a precision other than float32.
 */
export async function identityOf({
  recipe,
  session,
  template,
}: Pick<RunPlan, 'recipe' | 'session' | 'template'>): Promise<Record<string, Json>> {
  const { files } = session.model;
  const tokenizer =
    session.tokenizer && files
      ? await digestsOf(tokenizerFiles.map((name) => [name, () => readOptional(files, name)]))
      : {};
  const plugins = await digestsOf(
    recipe.plugins.map((path) => [
      `${basename(dirname(path))}/${basename(path)}`,
      () => readFile(path).catch(() => undefined),
    ]),
  );
  const artifacts = await digestsOf(
    (await artifactFiles(recipe.artifacts)).map(([name, path]) => [name, () => readFile(path)]),
  );
  const { precision, head_precision, calibration_rows } = recipe.model;
  return {
    template: template.name,
    tokenizer,
    plugins,
    ...(recipe.artifacts ? { artifacts } : {}),
    ...(precision === 'float32'
      ? {}
      : { precision: [precision, head_precision, calibration_rows] }),
  };
}

async function readOptional(files: Files, name: string): Promise<Uint8Array | undefined> {
  return (await files.stat(name)) && readBytes(files, name);
}

/** Digests of those files that exist, by the names given. */
async function digestsOf(
  files: readonly (readonly [string, () => Promise<Uint8Array | undefined>])[],
): Promise<Record<string, Json>> {
  const found: Record<string, Json> = {};
  for (const [name, read] of files) {
    const bytes = await read();
    if (bytes) found[name] = `sha256:${sha256(bytes)}`;
  }
  return found;
}

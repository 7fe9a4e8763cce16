import { readBytes, sha256, type Files } from '@tunesmith/schema';
import type { Json } from '@tunesmith/trainer';
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

/** Files by the names that stand for them, and how each is read; undefined where there is none. */
export type NamedFiles = readonly (readonly [string, () => Promise<Uint8Array | undefined>])[];

/**
 * What a run's numbers follow from besides what the trainer sees: the prompt template by name, and the files of the
 * tokenizer and of plugins and artifacts by a digest of their bytes, and a precision other than float32.
 *
 * @param files the files of the recipe's plugins and artifacts
 */
export async function identityOf(
  { recipe, session, template }: Pick<RunPlan, 'recipe' | 'session' | 'template'>,
  files: { plugins: NamedFiles; artifacts: NamedFiles },
): Promise<Record<string, Json>> {
  const { files: model } = session.model;
  const tokenizer =
    session.tokenizer && model
      ? await digestsOf(tokenizerFiles.map((name) => [name, () => readOptional(model, name)]))
      : {};
  const plugins = await digestsOf(files.plugins);
  const artifacts = await digestsOf(files.artifacts);
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
async function digestsOf(files: NamedFiles): Promise<Record<string, Json>> {
  const found: Record<string, Json> = {};
  for (const [name, read] of files) {
    const bytes = await read();
    if (bytes) found[name] = `sha256:${sha256(bytes)}`;
  }
  return found;
}

import { readText, type Files } from '@tunesmith/schema';
import { fileExists } from '../../checkpoint/files.ts';
import { modelsError } from '../../errors.ts';
import type { Model } from '../../model.ts';
import type { Tokenizer } from '../../tokenizer/tokenizer.ts';
import { unsupportedGguf } from '../errors.ts';
import { ggufFamilies } from '../families/families.ts';
import type { Configuration, GgufFamily } from '../families/family.ts';
import { architectureMetadata, withoutWindows } from './architecture-metadata.ts';
import { modelTensors, type GgufEncoding } from './model-tensors.ts';
import { originMetadata, type GgufOrigin } from './origin-metadata.ts';
import { ropeMetadata } from './rope-metadata.ts';
import { tokenizerMetadata } from './tokenizer-metadata.ts';
import { writeGguf, type WrittenValue } from './write-gguf.ts';

/** How a model is saved as GGUF. */
export interface SaveGgufOptions {
  /** Of its maps and tables; vectors are always in float32. `f16` by default. */
  readonly encoding?: GgufEncoding;
  /** Its tokenizer, where it has one. */
  readonly tokenizer?: Tokenizer | undefined;
  /** Where it comes from; only its kind is said if absent. */
  readonly origin?: GgufOrigin;
}

/** The architecture that files of a model type have. */
const architectures: Readonly<Record<string, string>> = {
  llama: 'llama',
  mistral: 'llama',
  mixtral: 'llama',
  qwen3_moe: 'qwen3moe',
  gemma3_text: 'gemma3',
  cohere: 'command-r',
  gpt_neox: 'gptneox',
};

/** Families whose models have no rotary positions. */
const unrotated = new Set(['gpt2', 'bloom', 't5']);

/** `general.file_type`. */
const fileTypes = { f32: 0, f16: 1, q4_0: 2, q8_0: 7, bf16: 32 } as const;

/** The family of a model's files. @throws `unsupported-gguf` for a model type that llama.cpp does not know */
export function writtenFamily({ spec, files }: Pick<Model, 'spec' | 'files'>): GgufFamily {
  const name = architectures[spec.modelType] ?? spec.modelType;
  const family = ggufFamilies.find(({ architecture }) => architecture === name);
  const isKnown = family !== undefined && spec.kind !== 'encoder';
  if (isKnown && spec.headKind.kind === 'vocabulary') return family;
  const what = isKnown ? 'with a head for labels' : `of the type "${spec.modelType}"`;
  throw unsupportedGguf(
    files?.locate() ?? 'the model',
    `a model ${what} cannot be written as GGUF`,
    spec.modelType,
    ggufFamilies.flatMap(({ architecture }) => (architecture === 'bert' ? [] : [architecture])),
  );
}

/** The configuration of a model with the width of its heads written out, which families read of it. */
export function explicitConfiguration({ spec }: Pick<Model, 'spec'>): Configuration {
  const attention = spec.sites.find((site) => site.kind === 'attention');
  const sizes =
    attention?.kind === 'attention'
      ? {
          head_dim: attention.headDim,
          num_attention_heads: attention.heads,
          num_key_value_heads: attention.kvHeads,
          num_kv_heads: attention.kvHeads,
          n_head: attention.heads,
          hidden_size: spec.width,
        }
      : {};
  return { ...spec.configuration, ...sizes };
}

/**
 * Saves a model as a GGUF file that llama.cpp loads: weights in its names, shapes and order of rows, configuration, tokenizer and
 * chat template as metadata. Tensors are read, encoded and written one by one, and the file appears when it is complete.
 *
 * @param model the model
 * @param files the folder the file is to lie in
 * @param path its path there
 * @throws `unsupported-gguf` for what llama.cpp's files have no word for; `not-finite`, `out-of-range`; `write-failed`
 */
export async function saveGguf(
  model: Model,
  files: Files,
  path: string,
  options: SaveGgufOptions = {},
): Promise<void> {
  const { encoding = 'f16', tokenizer, origin = {} } = options;
  const family = writtenFamily(model);
  const { architecture } = family;
  const configuration = explicitConfiguration(model);
  refuseWindows(model, architecture);
  const explicit = { ...model, spec: { ...model.spec, configuration } };
  const metadata = new Map<string, WrittenValue>([
    ['general.architecture', { type: 'string', value: architecture }],
    ['general.type', { type: 'string', value: 'model' }],
    ['general.name', { type: 'string', value: origin.title ?? model.spec.modelType }],
    ...originMetadata(origin),
    ['general.file_type', { type: 'uint32', value: fileTypes[encoding] }],
    ['general.quantization_version', { type: 'uint32', value: 2 }],
  ]);
  const rope = unrotated.has(architecture)
    ? { keys: {}, tensors: [] }
    : ropeMetadata(configuration, configuration['head_dim'] as number);
  if (!rope)
    throw modelsError({
      code: 'unsupported-gguf',
      message: `the scaling of the model's positions has no word in GGUF files of the architecture ${architecture}`,
      value: configuration['rope_scaling'] ?? configuration['rope_parameters'],
      accepted: 'default, linear, llama3, yarn, longrope',
    });
  const own = { ...architectureMetadata(architecture, explicit.spec), ...rope.keys };
  for (const [key, value] of Object.entries(own)) metadata.set(`${architecture}.${key}`, value);
  for (const [key, value] of Object.entries(family.metadata?.(configuration) ?? {}))
    metadata.set(`${architecture}.${key}`, value);
  for (const [key, value] of await vocabularyOf(model, tokenizer)) metadata.set(key, value);
  const tensors = [...rope.tensors, ...modelTensors(explicit, family, encoding)];
  await writeGguf(files, path, metadata, tensors);
}

/** Windows of families whose files say nothing of them would be lost. */
function refuseWindows({ spec, files }: Model, architecture: string): void {
  if (!withoutWindows.has(architecture)) return;
  for (const site of spec.sites) {
    if (site.kind !== 'attention' || site.window === undefined) continue;
    if (site.window >= spec.maximumPositions) continue;
    throw unsupportedGguf(
      files?.locate() ?? 'the model',
      `"${site.name}" sees ${site.window} tokens, and files of the architecture ${architecture} have no word for windows`,
      site.window,
      'a configuration whose sliding_window is null',
    );
  }
}

/** The tokenizer's metadata; that of a file without one, where the model has none. */
async function vocabularyOf(
  { files, spec }: Model,
  tokenizer: Tokenizer | undefined,
): Promise<Map<string, WrittenValue>> {
  const path = 'tokenizer.json';
  if (tokenizer === undefined || !files || !(await fileExists(files, path)))
    return new Map([['tokenizer.ggml.model', { type: 'string', value: 'no_vocab' }]]);
  const json = JSON.parse(await readText(files, path)) as Record<string, unknown>;
  return tokenizerMetadata({ json, tokenizer, rows: spec.vocabulary, path: files.locate(path) });
}

import type { ModelSpec } from '@tunesmith/models';
import { baseShape, peftBaseConfig, peftPrefix, refuseUnknownOptions } from '@tunesmith/peft';
import type { AdapterFiles, ExpectedTensor } from '@tunesmith/peft';
import type { HostTensor } from '@tunesmith/runtime';

/** Key of the vectors of a prompt in PEFT's files, there without a prefix; in memory the name of the same tensor. */
export const promptTensor = 'prompt_embeddings';

/** The keys that PEFT writes for every kind of prompt. */
export function peftPromptConfig(options: {
  readonly peftType: string;
  readonly baseModel: string;
  readonly model: ModelSpec;
  readonly virtualTokens: number;
  readonly modulesToSave: readonly string[] | null;
  /** Heads, layers and width of what the prompt is for; of the model if absent. */
  readonly sizes?: { readonly heads: number; readonly layers: number; readonly width: number };
}): Record<string, unknown> {
  const { peftType, baseModel, model, sizes } = options;
  return {
    ...peftBaseConfig(peftType, baseModel, model),
    modules_to_save: options.modulesToSave,
    num_attention_heads: sizes?.heads ?? heads(model),
    num_layers: sizes?.layers ?? model.layers,
    // Of two, PEFT reads the second half nowhere but in multi-task prompts.
    num_transformer_submodules: 1,
    num_virtual_tokens: options.virtualTokens,
    token_dim: sizes?.width ?? model.width,
  };
}

/** Query heads of the model's attention. */
function heads({ sites }: ModelSpec): number | undefined {
  return sites.find((site) => site.kind === 'attention')?.heads;
}

/**
 * Refuses what a reader of prompts does not know.
 *
 * @param known keys besides those of every kind of prompt
 */
export function refuseUnknownPromptOptions(
  { config, directory }: AdapterFiles,
  { kind }: ModelSpec,
  known: readonly string[],
): void {
  refuseUnknownOptions({
    package: '@tunesmith/prompt',
    directory,
    config,
    known: [
      ...known,
      'modules_to_save',
      'num_virtual_tokens',
      // What the model says of itself; the tensor's shape is checked against the model instead.
      'num_attention_heads',
      'num_layers',
      'token_dim',
    ],
    neutral: { num_transformer_submodules: kind === 'encoder-decoder' ? [1, 2] : [1] },
  });
}

/** Whether a stored prompt has rows for encoder and decoder each, as PEFT makes them for encoder-decoders unless told otherwise. */
export function hasTwoSubmodules({
  num_transformer_submodules: submodules,
  task_type: task,
}: AdapterFiles['config']): boolean {
  return submodules === 2 || ((submodules ?? null) === null && task === 'SEQ_2_SEQ_LM');
}

/**
 * The files with those rows of the prompt alone that PEFT puts before the source: for an encoder-decoder it stores as many again,
 * which nothing reads.
 */
export function withoutIdleRows(files: AdapterFiles, virtualTokens: number): AdapterFiles {
  const rows = files.tensors[promptTensor];
  if (!hasTwoSubmodules(files.config) || rows?.shape[0] !== 2 * virtualTokens) return files;
  const width = rows.shape[1] ?? 0;
  const first: HostTensor = {
    shape: [virtualTokens, width],
    dtype: 'float32',
    data: (rows.data as Float32Array).slice(0, virtualTokens * width),
  };
  return { ...files, tensors: { ...files.tensors, [promptTensor]: first } };
}

/** `num_virtual_tokens`, or what the tensor's shape says where a file leaves it out. */
export function readVirtualTokens({ config, tensors }: AdapterFiles): unknown {
  const stated = config['num_virtual_tokens'];
  if (stated !== null && stated !== undefined) return stated;
  const rows = tensors[promptTensor]?.shape[0];
  return rows === undefined || !hasTwoSubmodules(config) ? rows : rows / 2;
}

/** Where the copies of a plan's base tensors stand in the file. */
export function expectedCopies(base: readonly string[], model: ModelSpec): ExpectedTensor[] {
  return base.map((name) => ({
    name,
    key: peftPrefix + name,
    shape: baseShape(model, name) ?? [],
  }));
}

/** The copies of base tensors by their keys in the file. */
export function copiesByKey(
  base: readonly string[],
  parameters: Readonly<Record<string, HostTensor>>,
): Record<string, HostTensor> {
  return Object.fromEntries(base.map((name) => [peftPrefix + name, parameters[name]!]));
}

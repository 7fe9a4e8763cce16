import { validate } from '@tunesmith/schema';
import {
  matchTensors,
  peftBaseConfig,
  peftTensorFile,
  refuseUnknownOptions,
} from '@tunesmith/peft';
import type { ModelSpec } from '@tunesmith/models';
import type { AdapterFiles, AdapterFormat } from '@tunesmith/peft';
import { promptConfigSchema } from './config.ts';
import type { PromptConfig } from './config.ts';

/** Name of the one tensor, `[virtual tokens, width]`: in memory and in PEFT's file, there without a prefix. */
export const promptTensor = 'prompt_embeddings';

const initNames = { vocabulary: 'SAMPLE_VOCAB', random: 'RANDOM', text: 'TEXT' } as const;

/** Prompts in the files of Hugging Face PEFT: `peft_type` `PROMPT_TUNING`, one tensor `prompt_embeddings`. */
export const promptFiles: AdapterFormat<PromptConfig> = {
  tensorFile: peftTensorFile,
  marker: 'peft_type "PROMPT_TUNING"',
  recognizes: (config) => config['peft_type'] === 'PROMPT_TUNING',
  write: ({ config, model, parameters }, { baseModel }) => ({
    config: {
      ...peftBaseConfig('PROMPT_TUNING', baseModel, model),
      modules_to_save: null,
      num_attention_heads: heads(model),
      num_layers: model.layers,
      num_transformer_submodules: 1,
      num_virtual_tokens: config.virtual_tokens,
      ...describeInit(config, baseModel),
      token_dim: model.width,
      tokenizer_kwargs: null,
    },
    tensors: { ...parameters },
  }),
  read: (files, model) => {
    const config = readConfig(files);
    const expected = [
      { name: promptTensor, key: promptTensor, shape: [config.virtual_tokens, model.width] },
    ];
    return { config, parameters: matchTensors({ package: '@tunesmith/prompt', files, expected }) };
  },
};

/**
 * How a prompt began, in PEFT's words. PEFT refuses a text prompt that names no text or no tokenizer; one that began from
 * tokens alone is stored as random, since the trained rows stand in the file either way.
 */
function describeInit({ init, text }: PromptConfig, baseModel: string): Record<string, unknown> {
  const hasText = init === 'text' && text !== null;
  return {
    prompt_tuning_init: init === 'text' && !hasText ? initNames.random : initNames[init],
    prompt_tuning_init_text: hasText ? text : null,
    tokenizer_name_or_path: hasText ? baseModel : null,
  };
}

function readConfig({ config: json, directory, tensors }: AdapterFiles): PromptConfig {
  refuseUnknownOptions({
    package: '@tunesmith/prompt',
    directory,
    config: json,
    known: [
      'num_virtual_tokens',
      'prompt_tuning_init',
      'prompt_tuning_init_text',
      // What the model says of itself; the tensor's shape is checked against the model instead.
      'num_attention_heads',
      'num_layers',
      'token_dim',
      'tokenizer_name_or_path',
      'tokenizer_kwargs',
    ],
    neutral: { num_transformer_submodules: [1] },
  });
  const stored = json['prompt_tuning_init'] ?? 'RANDOM';
  const init = Object.entries(initNames).find(([, peft]) => peft === stored)?.[0] ?? stored;
  const value = {
    virtual_tokens: json['num_virtual_tokens'] ?? tensors[promptTensor]?.shape[0],
    init,
    text: init === 'text' ? (json['prompt_tuning_init_text'] ?? null) : null,
    token_ids: null,
  };
  return validate<PromptConfig>(promptConfigSchema, value, {
    package: '@tunesmith/prompt',
    what: 'adapter configuration',
    file: `${directory}/adapter_config.json`,
  });
}

/** Query heads of the model's attention, which PEFT's files repeat. */
function heads({ sites }: ModelSpec): number | undefined {
  return sites.find((site) => site.kind === 'attention')?.heads;
}

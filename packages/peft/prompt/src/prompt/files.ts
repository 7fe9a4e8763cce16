import { validate } from '@tunesmith/schema';
import { matchTensors, peftTensorFile, presentModules, savedModules } from '@tunesmith/peft';
import type { ModelSpec } from '@tunesmith/models';
import type { AdapterFiles, AdapterFormat } from '@tunesmith/peft';
import {
  copiesByKey,
  expectedCopies,
  peftPromptConfig,
  promptTensor,
  readVirtualTokens,
  refuseUnknownPromptOptions,
  withoutIdleRows,
} from '../peft-prompt.ts';
import { promptConfigSchema } from './config.ts';
import type { PromptConfig } from './config.ts';

const owner = '@tunesmith/prompt';

const initNames = { vocabulary: 'SAMPLE_VOCAB', random: 'RANDOM', text: 'TEXT' } as const;

/** Prompts in the files of Hugging Face PEFT: `peft_type` `PROMPT_TUNING`, one tensor `prompt_embeddings`. */
export const promptFiles: AdapterFormat<PromptConfig> = {
  tensorFile: peftTensorFile,
  marker: 'peft_type "PROMPT_TUNING"',
  recognizes: (config) => config['peft_type'] === 'PROMPT_TUNING',
  write: ({ config, model, plan, parameters }, { baseModel }) => ({
    config: {
      ...peftPromptConfig({
        peftType: 'PROMPT_TUNING',
        baseModel,
        model,
        virtualTokens: config.virtual_tokens,
        modulesToSave: config.modules_to_save,
      }),
      ...describeInit(config, baseModel),
      tokenizer_kwargs: null,
    },
    tensors: {
      [promptTensor]: parameters[promptTensor]!,
      ...copiesByKey(plan.base, parameters),
    },
  }),
  read: (given, model) => {
    const config = readConfig(given, model);
    const files = withoutIdleRows(given, config.virtual_tokens);
    const { base } = savedModules(owner, model, config.modules_to_save);
    const expected = [
      { name: promptTensor, key: promptTensor, shape: [config.virtual_tokens, model.width] },
      ...expectedCopies(base, model),
    ];
    return { config, parameters: matchTensors({ package: owner, files, expected }) };
  },
};

/**
 * How a prompt began, in PEFT's words. PEFT refuses a text prompt that names no text or no tokenizer; one that began from
 * tokens alone, or from labels, is stored as random, since the trained rows stand in the file either way.
 */
function describeInit({ init, text }: PromptConfig, baseModel: string): Record<string, unknown> {
  const hasText = init === 'text' && text !== null;
  const isKnown = init !== 'class-labels' && (init !== 'text' || hasText);
  return {
    prompt_tuning_init: initNames[isKnown ? init : 'random'],
    prompt_tuning_init_text: hasText ? text : null,
    tokenizer_name_or_path: hasText ? baseModel : null,
  };
}

function readConfig(files: AdapterFiles, model: ModelSpec): PromptConfig {
  const { config: json, directory } = files;
  refuseUnknownPromptOptions(files, model, [
    'prompt_tuning_init',
    'prompt_tuning_init_text',
    'tokenizer_name_or_path',
    'tokenizer_kwargs',
  ]);
  const stored = json['prompt_tuning_init'] ?? 'RANDOM';
  const init = Object.entries(initNames).find(([, peft]) => peft === stored)?.[0] ?? stored;
  const value = {
    virtual_tokens: readVirtualTokens(files),
    init,
    text: init === 'text' ? (json['prompt_tuning_init_text'] ?? null) : null,
    token_ids: null,
    labels: null,
    label_ids: null,
    modules_to_save: presentModules(json['modules_to_save'], model),
  };
  return validate<PromptConfig>(promptConfigSchema, value, {
    package: owner,
    what: 'adapter configuration',
    file: `${directory}/adapter_config.json`,
  });
}

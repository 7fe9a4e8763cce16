import { validate } from '@tunesmith/schema';
import type { ModelSpec } from '@tunesmith/models';
import { matchTensors, peftTensorFile, presentModules, savedModules } from '@tunesmith/peft';
import type { AdapterFiles, AdapterFormat } from '@tunesmith/peft';
import {
  copiesByKey,
  expectedCopies,
  peftPromptConfig,
  promptTensor,
  readVirtualTokens,
  refuseUnknownPromptOptions,
} from '../peft-prompt.ts';
import { multiTaskConfigSchema, usualTaskKey } from './config.ts';
import type { MultiTaskConfig } from './config.ts';

const owner = '@tunesmith/prompt';

const initNames = {
  random: 'RANDOM',
  text: 'TEXT',
  'average-source-tasks': 'AVERAGE_SOURCE_TASKS',
  'exact-source-task': 'EXACT_SOURCE_TASK',
  'only-source-shared': 'ONLY_SOURCE_SHARED',
} as const;

/**
 * Multi-task prompts in the files of Hugging Face PEFT: `peft_type` `MULTITASK_PROMPT_TUNING`, tensors `prompt_embeddings`,
 * `prefix_task_cols` and `prefix_task_rows`.
 */
export const multiTaskFiles: AdapterFormat<MultiTaskConfig> = {
  tensorFile: peftTensorFile,
  marker: 'peft_type "MULTITASK_PROMPT_TUNING"',
  recognizes: (config) => config['peft_type'] === 'MULTITASK_PROMPT_TUNING',
  write: ({ config, model, plan, parameters }, { baseModel }) => ({
    config: {
      ...peftPromptConfig({
        peftType: 'MULTITASK_PROMPT_TUNING',
        baseModel,
        model,
        virtualTokens: config.virtual_tokens,
        modulesToSave: config.modules_to_save,
      }),
      num_ranks: config.ranks,
      num_tasks: config.tasks,
      // What a prompt began as changes nothing of it, and PEFT would look for the file that it began from.
      prompt_tuning_init: initNames.random,
      prompt_tuning_init_state_dict_path: null,
      prompt_tuning_init_task: config.source_task,
      prompt_tuning_init_text: null,
      tokenizer_kwargs: null,
      tokenizer_name_or_path: null,
    },
    tensors: {
      ...Object.fromEntries(plan.tensors.map(({ name }) => [name, parameters[name]!])),
      ...copiesByKey(plan.base, parameters),
    },
  }),
  read: (files, model) => {
    const config = readConfig(files, model);
    const { virtual_tokens: count, tasks, ranks } = config;
    const { base } = savedModules(owner, model, config.modules_to_save);
    const own = (name: string, ...shape: number[]) => ({ name, key: name, shape });
    const expected = [
      own(promptTensor, count, model.width),
      own('prefix_task_cols', tasks, count, ranks),
      own('prefix_task_rows', tasks, ranks, model.width),
      ...expectedCopies(base, model),
    ];
    return { config, parameters: matchTensors({ package: owner, files, expected }) };
  },
};

function readConfig(files: AdapterFiles, model: ModelSpec): MultiTaskConfig {
  const { config: json, directory } = files;
  refuseUnknownPromptOptions(files, model, [
    'num_ranks',
    'num_tasks',
    'prompt_tuning_init',
    'prompt_tuning_init_state_dict_path',
    'prompt_tuning_init_task',
    'prompt_tuning_init_text',
    'tokenizer_kwargs',
    'tokenizer_name_or_path',
  ]);
  const stored = json['prompt_tuning_init'] ?? 'RANDOM';
  const value = {
    virtual_tokens: readVirtualTokens(files),
    tasks: json['num_tasks'] ?? 1,
    task_key: usualTaskKey,
    ranks: json['num_ranks'] ?? 1,
    init: Object.entries(initNames).find(([, peft]) => peft === stored)?.[0] ?? stored,
    text: null,
    token_ids: null,
    source_task: json['prompt_tuning_init_task'] ?? 0,
    modules_to_save: presentModules(json['modules_to_save'], model),
  };
  return validate<MultiTaskConfig>(multiTaskConfigSchema, value, {
    package: owner,
    what: 'adapter configuration',
    file: `${directory}/adapter_config.json`,
  });
}

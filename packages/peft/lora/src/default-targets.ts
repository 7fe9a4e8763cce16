import { TunesmithError } from '@tunesmith/schema';
import type { ModelSpec } from '@tunesmith/models';
import { linearEndings } from '@tunesmith/peft';
import type { LoraConfig } from './config.ts';

const queryAndValue = ['q_proj', 'v_proj'];

/** The maps that Hugging Face PEFT adapts when none are named, by model type. */
const targetsByModelType: Readonly<Record<string, readonly string[]>> = {
  ...Object.fromEntries(
    'bart opt gptj gpt_neo llama llama4 mistral mixtral stablelm gemma gemma2 gemma3_text qwen2 qwen3'
      .split(' ')
      .map((modelType) => [modelType, queryAndValue]),
  ),
  ...Object.fromEntries(
    'bloom gpt_neox falcon RefinedWeb chatglm'
      .split(' ')
      .map((modelType) => [modelType, ['query_key_value']]),
  ),
  t5: ['q', 'v'],
  mt5: ['q', 'v'],
  gpt2: ['c_attn'],
  gpt_bigcode: ['c_attn'],
  mpt: ['Wqkv'],
  codegen: ['qkv_proj'],
  phi: ['q_proj', 'v_proj', 'fc1', 'fc2'],
};

/**
 * The targets of a configuration, or the usual ones of the model type.
 *
 * @throws TunesmithError `no-default-targets` for a model type without usual targets
 */
export function targetsFor(
  model: ModelSpec,
  config: Pick<LoraConfig, 'targets'>,
): string | string[] {
  if (config.targets !== null) return config.targets;
  const usual = targetsByModelType[model.modelType];
  if (usual !== undefined) return [...usual];
  throw new TunesmithError({
    package: '@tunesmith/lora',
    code: 'no-default-targets',
    message: `there is no usual choice of targets for model type "${model.modelType}"`,
    value: model.modelType,
    accepted: ['all-linear', ...linearEndings(model)],
  });
}

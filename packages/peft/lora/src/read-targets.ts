import { TunesmithError } from '@tunesmith/schema';
import type { ModelSpec } from '@tunesmith/models';
import { linearEndings, matchesName } from '@tunesmith/peft';

const queryAndValue = ['q_proj', 'v_proj'];

/** The maps that Hugging Face PEFT adapts when a file names none, by model type. */
const targetsByModelType: Readonly<Record<string, readonly string[]>> = {
  ...Object.fromEntries(
    'bart opt gptj gpt_neo llama llama4 mistral mixtral stablelm gemma gemma2 gemma3_text qwen2 qwen3'
      .split(' ')
      .map((modelType) => [modelType, queryAndValue]),
  ),
  ...Object.fromEntries(
    'bloom gpt_neox falcon RefinedWeb RefinedWebModel chatglm'
      .split(' ')
      .map((modelType) => [modelType, ['query_key_value']]),
  ),
  ...Object.fromEntries(
    'bert roberta xlm-roberta electra layoutlm'
      .split(' ')
      .map((modelType) => [modelType, ['query', 'value']]),
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
 * `target_modules` of a stored adapter. A list written for several architectures keeps only the names that this model has:
 * the check of every tensor already shows whether something is missing. Names that match nothing at all stay, to be refused.
 *
 * @throws TunesmithError `no-default-targets` where the file names none and PEFT has no usual ones for the model type
 */
export function readTargets(value: unknown, model: ModelSpec): unknown {
  if (value === null || value === undefined) return peftTargets(model);
  if (!Array.isArray(value)) return value;
  const present = value.filter(
    (target) =>
      typeof target !== 'string' ||
      model.sites.some((site) => matchesName('@tunesmith/lora', site.name, [target])),
  );
  return present.length > 0 ? present : value;
}

function peftTargets(model: ModelSpec): string[] {
  const usual = targetsByModelType[model.modelType];
  if (usual !== undefined) return [...usual];
  throw new TunesmithError({
    package: '@tunesmith/lora',
    code: 'no-default-targets',
    message: `the file names no target, and PEFT has no usual ones for model type "${model.modelType}"`,
    value: model.modelType,
    accepted: ['all-linear', ...linearEndings(model)],
  });
}

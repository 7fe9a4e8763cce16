import { TunesmithError } from '@tunesmith/schema';
import type { LoraConfig } from './config.ts';

/** PEFT's word for each of our first values. */
export const initNames = { 'kaiming-uniform': true, gaussian: 'gaussian', random: false } as const;

/** PEFT's further rules that only choose first values: a stored adapter has its values and needs no rule. */
const firstValuesOnly = ['eva', 'mica', 'orthogonal'];

/** PEFT's rules that give the base other weights, and how an adapter of each is loaded there. */
const changesTheBase: Readonly<Record<string, string>> = {
  corda:
    'CorDA moved a part of the base model into the adapter, and a stored one no longer says which',
  loftq: 'LoftQ replaces the weights of the base model by quantized ones when it is loaded',
  lora_ga: 'LoRA-GA moved the base model while it trained, and a stored one no longer says where',
  olora: 'OLoRA takes its first values out of the base model again when it is loaded',
  pissa: 'PiSSA takes its first values out of the base model again when it is loaded',
};

/**
 * The first values that `init_lora_weights` of a stored adapter names; PEFT's default, true, where the file is silent.
 *
 * @throws TunesmithError `unsupported-option` for a rule that gives the base model other weights, with what it does, and for
 * an unknown one
 */
export function readInit(value: unknown): LoraConfig['init'] {
  const stated = typeof value === 'string' ? value.toLowerCase() : (value ?? true);
  const names = Object.keys(initNames) as LoraConfig['init'][];
  const own = names.find((name) => initNames[name] === stated);
  if (own !== undefined) return own;
  if (typeof stated === 'string' && firstValuesOnly.includes(stated)) return 'kaiming-uniform';
  const rule =
    typeof stated === 'string'
      ? Object.keys(changesTheBase).find((name) => stated.startsWith(name))
      : undefined;
  throw new TunesmithError({
    package: '@tunesmith/lora',
    code: 'unsupported-option',
    message: `init_lora_weights is ${JSON.stringify(value)}: ${rule === undefined ? 'no rule of that name is known' : changesTheBase[rule]}`,
    value,
    accepted:
      rule === undefined
        ? ['true', 'false', 'gaussian', ...firstValuesOnly]
        : "plain LoRA, to which PEFT's save_pretrained converts with path_initial_model_for_weight_conversion",
  });
}

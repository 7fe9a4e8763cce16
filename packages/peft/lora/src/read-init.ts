import { TunesmithError } from '@tunesmith/schema';
import type { LoraConfig } from './config.ts';

/** PEFT's word for our first values, where a stored adapter needs one at all. */
const words = { gaussian: 'gaussian', random: false, pissa: 'pissa', olora: 'olora' } as const;

/** PEFT's further rules that only choose first values: a stored adapter has its values and needs no rule. */
const firstValuesOnly = ['eva', 'mica', 'orthogonal'];

/** PEFT's rules that give the base other weights, which an adapter alone does not say, and what they did. */
const changesTheBase: Readonly<Record<string, string>> = {
  corda:
    'CorDA moved a part of the base model into the adapter, and a stored one no longer says which',
  loftq: 'LoftQ replaces the weights of the base model by quantized ones when it is loaded',
  lora_ga: 'LoRA-GA moved the base model while it trained, and a stored one no longer says where',
  pissa_niter:
    'a random approximation of the main part was taken out of the base model, and a stored adapter no longer says which',
};

/** PEFT's `init_lora_weights` for an adapter that is plain LoRA. */
export function storedInit(init: LoraConfig['init']): string | boolean {
  return init === 'gaussian' || init === 'random' ? words[init] : true;
}

/**
 * The first values that `init_lora_weights` of a stored adapter names; PEFT's default, true, where the file is silent. PiSSA and
 * OLoRA take their part out of the base again when such an adapter is loaded, and so do we.
 *
 * @throws TunesmithError `unsupported-option` for a rule whose base an adapter does not tell, with what it does, and for
 * an unknown one
 */
export function readInit(value: unknown): LoraConfig['init'] {
  const stated = typeof value === 'string' ? value.toLowerCase() : (value ?? true);
  if (stated === true) return 'kaiming-uniform';
  const names = Object.keys(words) as (keyof typeof words)[];
  const own = names.find((name) => words[name] === stated);
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
        ? ['true', 'false', 'gaussian', 'pissa', 'olora', ...firstValuesOnly]
        : "plain LoRA, to which PEFT's save_pretrained converts with path_initial_model_for_weight_conversion",
  });
}

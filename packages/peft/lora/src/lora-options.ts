/** Every other key that PEFT writes of LoRA and of what is built on it, switched off. */
export const neutralLoraOptions: Readonly<Record<string, unknown>> = {
  alora_invocation_tokens: null,
  arrow_config: null,
  corda_config: null,
  eva_config: null,
  kasa_config: null,
  layer_replication: null,
  loftq_config: {},
  lora_ga_config: null,
  megatron_config: null,
  megatron_core: 'megatron.core',
  monteclora_config: null,
  qalora_group_size: 16,
  target_parameters: null,
  use_bdlora: null,
  use_qalora: false,
  velora_config: null,
};

/**
 * PEFT's options that change no number of a stored adapter: how first values were found, how gradients flow, where base
 * layers of other libraries come from, and what its loader corrects by itself.
 */
export const idleLoraOptions = [
  'corda_config',
  'eva_config',
  'fan_in_fan_out',
  'loftq_config',
  'lora_ga_config',
  'megatron_config',
  'megatron_core',
  'qalora_group_size',
  'runtime_config',
];

import type { JSONSchema } from '@tunesmith/schema';

/** The option `learning_rate`, which every optimizer has, with a default of its own and a word about what suits. */
export function learningRateOption(
  usual: number,
  hint = 'LoRA likes 1e-4 to 5e-4, full fine-tuning about a tenth of that.',
): JSONSchema & { readonly default: number } {
  return {
    type: 'number',
    exclusiveMinimum: 0,
    default: usual,
    description: `Peak step size, which the schedule multiplies. ${hint}`,
  };
}

/** The options of optimizers that decay weights. */
export const decayOptions = {
  weight_decay: {
    type: 'number',
    minimum: 0,
    default: 0.01,
    description: 'Weight decay, on every trained tensor that decay_exclude does not name.',
  },
  decay_exclude: {
    type: 'array',
    items: { type: 'string', minLength: 1 },
    default: [],
    description: 'Trained tensors without weight decay: names, or endings of names after a dot.',
  },
} as const satisfies Readonly<Record<string, JSONSchema>>;

/** The options of optimizers that decay weights only where they are told to. */
export const noDecayOptions = {
  ...decayOptions,
  weight_decay: { ...decayOptions.weight_decay, default: 0 },
} as const satisfies Readonly<Record<string, JSONSchema>>;

/** The values of {@link decayOptions}. */
export interface Decay {
  readonly weight_decay: number;
  readonly decay_exclude: readonly string[];
}

/** The option `warmup_steps` of the built-in schedules. */
export const warmupOption = {
  type: 'integer',
  minimum: 0,
  default: 0,
  description: 'Steps in which the learning rate rises from zero to its peak.',
} as const satisfies JSONSchema;

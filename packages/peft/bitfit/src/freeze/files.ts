import { baseShape, ownFormat } from '@tunesmith/peft';
import type { AdapterFormat } from '@tunesmith/peft';
import { freezeConfigSchema } from './config.ts';
import type { FreezeConfig } from './config.ts';
import { planFreeze } from './plan.ts';

/** Trained layers in a format of their own ({@link ownFormat}): every tensor that trains under its Hugging Face name. */
export const freezeFiles: AdapterFormat<FreezeConfig> = ownFormat<FreezeConfig>({
  package: '@tunesmith/bitfit',
  method: 'freeze',
  schema: freezeConfigSchema,
  plan: planFreeze,
  tensors: ({ base }, model) =>
    base.map((name) => ({ name, key: name, shape: baseShape(model, name) ?? [] })),
});

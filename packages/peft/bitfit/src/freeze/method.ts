import type { PeftMethod } from '@tunesmith/peft';
import { freezeConfigSchema } from './config.ts';
import type { FreezeConfig } from './config.ts';
import { freezeFiles } from './files.ts';
import { completeFreeze, planFreeze } from './plan.ts';

/**
 * Layer freezing: the last layers, or parts of the model by name, train in full; everything else stays as it is.
 *
 * Parameters: the sizes of the tensors that train. They start as the base's, and merged they take their places.
 *
 * @see Lee et al., What Would Elsa Do? Freezing Layers During Transformer Fine-Tuning, 2019, https://arxiv.org/abs/1911.03090
 */
export const freeze: PeftMethod<FreezeConfig> = {
  specVersion: 2,
  name: 'freeze',
  description: 'The last layers, or parts by name, train in full; all else is frozen.',
  reference: {
    title: 'What Would Elsa Do? Freezing Layers During Transformer Fine-Tuning',
    authors: 'Lee et al.',
    year: 2019,
    url: 'https://arxiv.org/abs/1911.03090',
  },
  learningRate: 5e-5,
  options: freezeConfigSchema,
  prepare: completeFreeze,
  plan: planFreeze,
  hooks: () => ({}),
  merge: () => ({ tensors: {} }),
  files: freezeFiles,
};

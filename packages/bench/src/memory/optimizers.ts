import type { TrainingInput } from '@tunesmith/trainer';

/** What `bench memory` compares: settings of training, by the optimizer's name. */
export const optimizers: Readonly<Record<string, TrainingInput>> = {
  adamw: { optimizer: { name: 'adamw', learning_rate: 5e-5 } },
  sgd: { optimizer: { name: 'sgd', learning_rate: 1e-2 } },
  lomo: { optimizer: 'lomo', max_grad_norm: 0 },
  adalomo: { optimizer: 'adalomo', max_grad_norm: 0 },
};

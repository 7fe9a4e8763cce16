import type { PeftMethod } from '@tunesmith/peft';
import { layerNormConfigSchema } from './config.ts';
import type { LayerNormConfig } from './config.ts';
import { layerNormFiles } from './files.ts';
import { planLayerNorm } from './plan.ts';

/**
 * Layer-norm tuning: weights and biases of the norms train, and nothing else. `(x − mean) / √(var + ε) · w + b` (or
 * `x / √(mean x² + ε) · w`) with w and b trained from the base's values.
 *
 * Parameters: Σ width over the norms with a weight (heads · width where each head has its own), and as many again for those with
 * a bias, plus the modules of `modules_to_save`. Merged, the norms take the place of the base's.
 *
 * @see Zhao et al., Tuning LayerNorm in Attention: Towards Efficient Multi-Modal LLM Finetuning, 2023,
 * https://arxiv.org/abs/2312.11420
 */
export const layerNormTuning: PeftMethod<LayerNormConfig> = {
  specVersion: 2,
  name: 'layer-norm-tuning',
  description: 'The norms train, and nothing else.',
  reference: {
    title: 'Tuning LayerNorm in Attention: Towards Efficient Multi-Modal LLM Finetuning',
    authors: 'Zhao et al.',
    year: 2023,
    url: 'https://arxiv.org/abs/2312.11420',
  },
  learningRate: 1e-3,
  options: layerNormConfigSchema,
  plan: planLayerNorm,
  hooks: () => ({}),
  merge: () => ({ tensors: {} }),
  files: layerNormFiles,
};

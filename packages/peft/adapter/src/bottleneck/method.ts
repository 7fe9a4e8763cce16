import { gelu, linear, relu, silu } from '@tunesmith/kernels';
import { tf } from '@tunesmith/runtime';
import type { Hooks } from '@tunesmith/models';
import type { HookScope, PeftMethod } from '@tunesmith/peft';
import { bottleneckConfigSchema } from './config.ts';
import type { BottleneckConfig } from './config.ts';
import { bottleneckFiles } from './files.ts';
import { bottleneckNames, planBottleneck } from './plan.ts';

/**
 * Bottleneck adapters after the attention and the feed-forward part of every layer, before the residual addition.
 *
 * `h ← h + W₂ f(W₁ h + b₁) + b₂`, W₁ `[size, width]`, W₂ `[width, size]`, f = gelu. With the default `init: zero-up`
 * W₂ starts at zero and the adapted model starts as the base, exactly. The paper's own start (`houlsby`, both matrices
 * truncated normal with deviation 1e-3) moves h by at most about 1e-6 · √(width · size) of its size.
 *
 * Parameters: (2 · size · width + size + width) for each adapted sub-layer, plus the norms with `train_layer_norms`.
 * No merge: a non-linear function of the output is no linear map.
 *
 * @see Houlsby et al., Parameter-Efficient Transfer Learning for NLP, 2019, https://arxiv.org/abs/1902.00751
 */
export const adapter: PeftMethod<BottleneckConfig> = {
  specVersion: 2,
  name: 'adapter',
  description: 'A small trained network with a bottleneck after the sublayers of each block.',
  reference: {
    title: 'Parameter-Efficient Transfer Learning for NLP',
    authors: 'Houlsby et al.',
    year: 2019,
    url: 'https://arxiv.org/abs/1902.00751',
  },
  learningRate: 1e-4,
  options: bottleneckConfigSchema,
  plan: planBottleneck,
  hooks: bottleneckHooks,
  files: bottleneckFiles,
};

const functions: Readonly<Record<BottleneckConfig['non_linearity'], (x: tf.Tensor) => tf.Tensor>> =
  {
    gelu: (x) => gelu(x, 'none'),
    gelu_new: (x) => gelu(x, 'tanh'),
    relu,
    swish: silu,
  };

function bottleneckHooks({ config, plan, parameter, dropout }: HookScope<BottleneckConfig>): Hooks {
  const adapted = new Set(plan.sites);
  const inner = functions[config.non_linearity];
  return {
    sublayer: (site, { output }) => {
      if (!adapted.has(site.name)) return output;
      const names = bottleneckNames(site.name);
      const [downWeight, downBias] = [parameter(names.downWeight), parameter(names.downBias)];
      const [upWeight, upBias] = [parameter(names.upWeight), parameter(names.upBias)];
      // [batch, tokens, width] → [batch, tokens, size] → [batch, tokens, width]
      const narrow = inner(linear(output, downWeight, { layout: 'out_in', bias: downBias }));
      const update = linear(narrow, upWeight, { layout: 'out_in', bias: upBias });
      return tf.add(output, dropout(update, config.dropout, site.name));
    },
  };
}

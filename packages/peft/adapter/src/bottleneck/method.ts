import type { PeftMethod } from '@tunesmith/peft';
import { bottleneckMethod } from './bottleneck.ts';
import type { BottleneckConfig } from './config.ts';
import { houlsbyKind, parallelKind, pfeifferKind } from './kinds.ts';

/**
 * Bottleneck adapters after the attention and the feed-forward part of every layer, before the residual addition.
 *
 * `h ← h + W₂ f(W₁ h + b₁) + b₂`, W₁ `[size, width]`, W₂ `[width, size]`, f = gelu. With the default `init: zero-up`
 * W₂ starts at zero and the adapted model starts as the base, exactly. The paper's own start (`houlsby`, both matrices
 * truncated normal with deviation 1e-3) moves h by at most about 1e-6 · √(width · size) of its size.
 *
 * Parameters: (2 · size · width + size + width) for each adapted sub-layer, plus 1 or width with a trained `scaling`, plus the
 * norms with `train_layer_norms`. No merge: a non-linear function of the output is no linear map.
 *
 * @see Houlsby et al., Parameter-Efficient Transfer Learning for NLP, 2019, https://arxiv.org/abs/1902.00751
 */
export const adapter: PeftMethod<BottleneckConfig> = bottleneckMethod(houlsbyKind);

/**
 * Pfeiffer's adapters: one in each layer, after the feed-forward part, which reads the sum of that and the residual stream, after
 * the base's norm where the base norms sums (BERT, BART).
 *
 * `h ← h + W₂ f(W₁ norm(r + h) + b₁) + b₂`, r the stream, f = relu.
 *
 * Parameters and merge as with {@link adapter}: half as many, since the attention has none.
 *
 * @see Pfeiffer et al., AdapterFusion: Non-Destructive Task Composition for Transfer Learning, 2021,
 * https://arxiv.org/abs/2005.00247
 */
export const pfeiffer: PeftMethod<BottleneckConfig> = bottleneckMethod(pfeifferKind);

/**
 * Parallel adapters, scaled: one in each layer beside the feed-forward part, which reads the residual stream as it comes in.
 *
 * `h ← h + s · (W₂ f(W₁ r + b₁) + b₂)`, r the stream, f = relu, s = 4.
 *
 * Parameters and merge as with {@link adapter}.
 *
 * @see He et al., Towards a Unified View of Parameter-Efficient Transfer Learning, 2022, https://arxiv.org/abs/2110.04366
 */
export const parallelAdapter: PeftMethod<BottleneckConfig> = bottleneckMethod(parallelKind);

import type { ConfigurationReader } from '../../configuration/reader.ts';
import { readRotary, type RotarySettings } from '../../configuration/rotary.ts';
import { readLayerTypes, type HeadSizes } from '../../configuration/sizes.ts';
import { readActivation, type Activation } from '../../forward/activation.ts';
import { gated, type DecoderDescription } from './description.ts';

/**
 * The sizes of a stack, under the keys that every family here has.
 *
 * @param usual.tied `tie_word_embeddings` of a configuration that is silent
 * @throws `unsupported-configuration` naming the key
 */
export function readStack(
  configuration: ConfigurationReader,
  usual: { readonly tied: boolean },
): Pick<DecoderDescription, 'width' | 'vocabulary' | 'layers' | 'positions' | 'tied'> {
  return {
    width: configuration.integer('hidden_size'),
    vocabulary: configuration.integer('vocab_size'),
    layers: configuration.integer('num_hidden_layers'),
    positions: configuration.integer('max_position_embeddings'),
    tied: configuration.boolean('tie_word_embeddings', usual.tied),
  };
}

/** RMS norms with the epsilon of `rms_norm_eps`. */
export function readRmsNorm(
  configuration: ConfigurationReader,
  usual: number,
): { readonly formula: 'rms'; readonly epsilon: number } {
  return { formula: 'rms', epsilon: configuration.positive('rms_norm_eps', usual) };
}

/** Maps with a bias where `attention_bias` says so, queries, keys, values and output alike. */
export function readAttentionBiases(configuration: ConfigurationReader): {
  readonly queryKeyValue: boolean;
  readonly output: boolean;
} {
  const bias = configuration.boolean('attention_bias', false);
  return { queryKeyValue: bias, output: bias };
}

/** Dropout of the probabilities at the rate of `attention_dropout`, and of what the attention returns. */
export function readDropout(
  configuration: ConfigurationReader,
  output = 0,
): { readonly probabilities: number; readonly output: number } {
  return { probabilities: configuration.rate('attention_dropout'), output };
}

/**
 * The window of a configuration: null means none.
 *
 * @param usual what a configuration without the key means
 */
export function readWindow(configuration: ConfigurationReader, usual?: number): number | undefined {
  const isStated = configuration.keys().includes('sliding_window');
  if (isStated ? !configuration.has('sliding_window') : usual === undefined) return undefined;
  return configuration.integer('sliding_window', usual === undefined ? {} : { fallback: usual });
}

/**
 * The windows of Qwen's dense models: of the layers from `max_window_layers` on, or of those that `layer_types` names, and
 * only with `use_sliding_window`.
 */
export function readLateWindows(
  configuration: ConfigurationReader,
  layers: number,
): (layer: number) => number | undefined {
  const first = configuration.integer('max_window_layers', { fallback: 28, minimum: 0 });
  const types = readLayerTypes(configuration, layers, (layer) =>
    layer >= first ? 'sliding' : 'full',
  );
  if (!configuration.boolean('use_sliding_window', false)) return () => undefined;
  return (layer) => (types[layer] === 'sliding' ? readWindow(configuration, 4096) : undefined);
}

/** `router_aux_loss_coef` where `output_router_logits` asks for the experts' loss. */
export function readRouterLoss(configuration: ConfigurationReader): number | undefined {
  if (!configuration.boolean('output_router_logits', false)) return undefined;
  const value = configuration.raw('router_aux_loss_coef') ?? 0.001;
  return typeof value === 'number' && Number.isFinite(value)
    ? value
    : configuration.refuse('router_aux_loss_coef', 'a number');
}

/** Refuses `use_bidirectional_attention`, with which tokens see what is after them. */
export function refuseBidirectional(configuration: ConfigurationReader): void {
  if (configuration.boolean('use_bidirectional_attention', false))
    configuration.refuse('use_bidirectional_attention', 'absent, null or false');
}

/**
 * A soft cap: null means none.
 *
 * @param usual what a configuration without the key means
 */
export function readCap(
  configuration: ConfigurationReader,
  key: string,
  usual?: number,
): number | undefined {
  const isStated = configuration.keys().includes(key);
  if (isStated ? !configuration.has(key) : usual === undefined) return undefined;
  return configuration.positive(key, usual);
}

/**
 * Rotary positions over whole heads, as far as the model's positions reach.
 *
 * @param theta `rope_theta` of a configuration that is silent, where it is not 10,000
 */
export function readHeadRotary(
  configuration: ConfigurationReader,
  { positions }: Pick<DecoderDescription, 'positions'>,
  { headDim }: Pick<HeadSizes, 'headDim'>,
  theta?: number,
): RotarySettings {
  const sizes = { headDim, maximumPositions: positions };
  return readRotary(configuration, theta === undefined ? sizes : { ...sizes, theta });
}

/**
 * A gated feed-forward layer of `intermediate_size`, without biases.
 *
 * @param key of the activation
 * @param usual the activation of a configuration without the key
 */
export function readGated(
  configuration: ConfigurationReader,
  key: string,
  usual: string,
): { readonly inner: number; readonly activation: Activation; readonly names: typeof gated } {
  return {
    inner: configuration.integer('intermediate_size'),
    activation: readActivation(configuration, key, usual),
    names: gated,
  };
}

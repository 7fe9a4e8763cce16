import type { ConfigurationReader } from './reader.ts';

/** Heads of an attention. */
export interface HeadSizes {
  readonly heads: number;
  readonly kvHeads: number;
  readonly headDim: number;
}

/**
 * `num_attention_heads`, `num_key_value_heads` (all heads by default) and `head_dim` (`hidden_size` over the heads by default).
 *
 * @param usual what a family means where a configuration does not have the key; null means all heads nevertheless
 * @throws `unsupported-configuration` naming the key
 */
export function readHeads(
  configuration: ConfigurationReader,
  width: number,
  usual: { readonly kvHeads?: number; readonly headDim?: number } = {},
): HeadSizes {
  const heads = configuration.integer('num_attention_heads');
  const isSilent = !configuration.keys().includes('num_key_value_heads');
  const kvHeads = configuration.integer('num_key_value_heads', {
    fallback: (isSilent ? usual.kvHeads : undefined) ?? heads,
  });
  if (heads % kvHeads !== 0)
    configuration.refuse('num_key_value_heads', `a divisor of num_attention_heads = ${heads}`);
  const isDivided = !configuration.has('head_dim') && usual.headDim === undefined;
  if (isDivided && width % heads !== 0) {
    configuration.refuse(
      'num_attention_heads',
      `a divisor of hidden_size = ${width}, or a head_dim`,
    );
  }
  return {
    heads,
    kvHeads,
    headDim: configuration.integer('head_dim', { fallback: usual.headDim ?? width / heads }),
  };
}

/** `full` or `sliding` for each layer. */
export type LayerType = 'full' | 'sliding';

/**
 * `layer_types` of a configuration: `full_attention` or `sliding_attention` for each layer.
 *
 * @param usual what a layer is where the configuration has no such list
 * @throws `unsupported-configuration` for another length or other words
 */
export function readLayerTypes(
  configuration: ConfigurationReader,
  layers: number,
  usual: (layer: number) => LayerType,
): LayerType[] {
  const stated = configuration.raw('layer_types');
  if (stated === undefined) return Array.from({ length: layers }, (_, layer) => usual(layer));
  const known: Readonly<Record<string, LayerType>> = {
    full_attention: 'full',
    sliding_attention: 'sliding',
  };
  if (
    !Array.isArray(stated) ||
    stated.length !== layers ||
    !stated.every((one) => Object.hasOwn(known, one as string))
  )
    return configuration.refuse('layer_types', `${layers} of ${Object.keys(known).join(', ')}`);
  return stated.map((one) => known[one as string]!);
}

import type { ModelSpec, SublayerSite } from '@tunesmith/models';

/**
 * The module of AdapterHub's package `adapters` that holds the adapters of a sub-layer.
 *
 * BERT and RoBERTa have them in the modules of the outputs, T5 in those of its parts, all others in modules of the layer's own.
 */
export function hubModule({ modelType }: ModelSpec, site: SublayerSite): string {
  const around = site.name.slice(0, site.name.lastIndexOf('.'));
  if (modelType === 'bert' || modelType === 'roberta')
    return site.role === 'feed_forward' ? `${around}.output` : `${site.name}.output`;
  if (modelType === 't5' || modelType === 'mt5') return around;
  const own = {
    attention: 'attention_adapters',
    cross_attention: 'cross_attention_adapters',
    feed_forward: 'output_adapters',
  }[site.role];
  return `${around}.${own}`;
}

import type { AttentionSite, ModelSpec } from '@tunesmith/models';
import type { Init, PlannedTensor } from '@tunesmith/peft';
import type { Algebra } from '../algebra.ts';
import { plannedLinear } from '../network.ts';
import { promptTensor } from '../peft-prompt.ts';
import { invalidPrompt } from '../room.ts';
import type { PrefixConfig } from './config.ts';

const embedding = 'embedding.weight';

/**
 * The attentions that see a prefix, one a layer: of an encoder-decoder those in which the decoder sees itself, as in PEFT.
 *
 * @throws TunesmithError `invalid-prompt` where their keys are of several widths
 */
export function prefixedSites(model: ModelSpec): AttentionSite[] {
  const stack = model.kind === 'encoder-decoder' ? 'decoder' : undefined;
  const sites = model.sites.filter(
    (site) => site.kind === 'attention' && site.sees !== 'cross' && site.stack === stack,
  ) as AttentionSite[];
  const width = keyWidth(sites[0]!);
  const other = sites.find((site) => keyWidth(site) !== width);
  if (other)
    throw invalidPrompt(
      `keys of "${other.name}" are ${keyWidth(other)} wide, and those before it ${width}`,
      other.name,
      'a model whose attentions all have keys of one width',
    );
  return sites;
}

/** Width of all keys of an attention. */
export function keyWidth({ kvHeads, headDim }: AttentionSite): number {
  return kvHeads * headDim;
}

/** The tensors that give the prefix, under the names of PEFT's `PrefixEncoder`. */
export function plannedPrefix(model: ModelSpec, config: PrefixConfig): PlannedTensor[] {
  const sites = prefixedSites(model);
  const width = keyWidth(sites[0]!);
  const site = sites[0]!.name;
  const all = 2 * sites.length * width;
  const count = config.virtual_tokens;
  if (!config.projection)
    return [{ name: promptTensor, shape: [count, all], init: firstValues(config), site }];
  const hidden = config.hidden_size ?? width;
  const last = plannedLinear('transform.2', hidden, all, site);
  return [
    { name: embedding, shape: [count, width], init: { kind: 'normal', std: 1 }, site },
    ...plannedLinear('transform.0', width, hidden, site),
    ...(config.init === 'random'
      ? last
      : last.map((tensor): PlannedTensor => ({
          ...tensor,
          init: tensor.name.endsWith('.bias') ? { kind: 'zeros' } : firstValues(config),
        }))),
  ];
}

function firstValues({ init }: PrefixConfig): Init {
  if (init === 'zero') return { kind: 'zeros' };
  return { kind: 'normal', std: init === 'small' ? 0.02 : 1 };
}

/**
 * The prefix `[virtual tokens, layers · 2 · width of keys]`: layer by layer keys, then values. With a projection
 * `W₂ tanh(W₁ e + b₁) + b₂`.
 */
export function prefixOf<T>(
  { linear, tanh }: Algebra<T>,
  { projection }: PrefixConfig,
  parameter: (name: string) => T,
): T {
  if (!projection) return parameter(promptTensor);
  const map = (x: T, name: string): T =>
    linear(x, parameter(`${name}.weight`), parameter(`${name}.bias`));
  return map(tanh(map(parameter(embedding), 'transform.0')), 'transform.2');
}

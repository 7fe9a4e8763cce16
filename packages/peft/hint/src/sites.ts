import { TunesmithError } from '@tunesmith/schema';
import type { AttentionSite, LinearSite, ModelSpec, SublayerSite } from '@tunesmith/models';
import type { HintConfig } from './config.ts';

/** An attention to the source, with the maps that make its keys and values. */
export interface CrossAttention {
  readonly attention: AttentionSite;
  readonly key: LinearSite;
  readonly value: LinearSite;
}

/** Where what is generated goes, each kind in the order of the forward pass. */
export interface HintSites {
  /** Sub-layers with an adapter beside them. */
  readonly feedForward: readonly SublayerSite[];
  /** Attentions with a prefix. */
  readonly attention: readonly AttentionSite[];
  /** Attentions that see the instruction itself. */
  readonly fused: readonly CrossAttention[];
}

/**
 * The sites of a model that a configuration acts on.
 *
 * @throws TunesmithError `invalid-hint` where nothing is generated, where keys have several widths, where the base has no
 * attention that could see the instruction, and where an instruction could be longer than the base reads
 */
export function hintSites(model: ModelSpec, config: HintConfig): HintSites {
  const { adapter_size: size, prefix_tokens: count, instruction_tokens: most } = config;
  const crossed = crossAttentions(model);
  if (size === 0 && count === 0)
    throw invalidHint('adapter_size and prefix_tokens are both 0', 0, 'one of them above 0');
  if (config.fusion === true && crossed.length === 0)
    throw invalidHint(
      `fusion is asked for, and a model of type "${model.modelType}" has no attention to a source`,
      true,
      'fusion: false, or an encoder-decoder',
    );
  if (most > model.maximumPositions)
    throw invalidHint(
      `instruction_tokens is ${most}, and the model reads ${model.maximumPositions} tokens`,
      most,
      `at most ${model.maximumPositions}`,
    );
  return {
    feedForward: size === 0 ? [] : sublayers(model),
    attention: count === 0 ? [] : attentions(model),
    fused: config.fusion === false ? [] : crossed,
  };
}

/** Width of all keys of an attention. */
export function keyWidth({ kvHeads, headDim }: AttentionSite): number {
  return kvHeads * headDim;
}

function sublayers({ sites }: ModelSpec): SublayerSite[] {
  return sites.filter(
    (site): site is SublayerSite => site.kind === 'sublayer' && site.role === 'feed_forward',
  );
}

function attentions({ sites }: ModelSpec): AttentionSite[] {
  const found = sites.filter((site): site is AttentionSite => site.kind === 'attention');
  const width = keyWidth(found[0]!);
  const other = found.find((site) => keyWidth(site) !== width);
  if (!other) return found;
  throw invalidHint(
    `keys of "${other.name}" are ${keyWidth(other)} wide, and those before it ${width}`,
    other.name,
    'a model whose attentions all have keys of one width, or prefix_tokens: 0',
  );
}

function crossAttentions({ sites }: ModelSpec): CrossAttention[] {
  return sites.flatMap((attention) => {
    if (attention.kind !== 'attention' || attention.sees !== 'cross') return [];
    const map = (role: 'key' | 'value'): LinearSite | undefined =>
      sites.find(
        (site): site is LinearSite =>
          site.kind === 'linear' &&
          site.reads === 'source' &&
          site.layer === attention.layer &&
          site.role === role,
      );
    const [key, value] = [map('key'), map('value')];
    return key && value ? [{ attention, key, value }] : [];
  });
}

function invalidHint(message: string, value: unknown, accepted: string): TunesmithError {
  return new TunesmithError({
    package: '@tunesmith/hint',
    code: 'invalid-hint',
    message,
    value,
    accepted,
  });
}

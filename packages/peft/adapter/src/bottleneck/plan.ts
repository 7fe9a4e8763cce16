import { TunesmithError } from '@tunesmith/schema';
import type { ModelSpec, SublayerSite } from '@tunesmith/models';
import type { Init, Plan, PlannedTensor } from '@tunesmith/peft';
import type { BottleneckConfig } from './config.ts';

const owner = '@tunesmith/adapter';

/**
 * Local names of a sub-layer's tensors: down `[size, width]` and `[size]`, up `[width, size]` and `[width]`, and the factors of
 * its output, `[1]` or `[width]`, where they train.
 */
export function bottleneckNames(
  site: string,
): Record<'downWeight' | 'downBias' | 'upWeight' | 'upBias' | 'scaling', string> {
  return {
    scaling: `${site}.adapter_scaling`,
    downWeight: `${site}.adapter_down.weight`,
    downBias: `${site}.adapter_down.bias`,
    upWeight: `${site}.adapter_up.weight`,
    upBias: `${site}.adapter_up.bias`,
  };
}

/**
 * Width of the bottleneck: `size`, or the model's width over the reduction factor, rounded down, at least 1.
 *
 * @throws TunesmithError `invalid-bottleneck` when both are given
 */
export function bottleneckSize(
  model: ModelSpec,
  config: Pick<BottleneckConfig, 'size' | 'reduction_factor'>,
  usualFactor: number,
): number {
  if (config.size !== null && config.reduction_factor !== null) {
    throw invalidBottleneck(
      'size and reduction_factor are both given',
      config.size,
      'one of the two',
    );
  }
  if (config.size !== null) return config.size;
  return sizeFromFactor(model.width, config.reduction_factor ?? usualFactor);
}

/**
 * Python's `width // factor`, at least 1. The remainder is exact where the quotient is not: 16 // 3.2 is 4, since the
 * number written 3.2 is a little more.
 */
export function sizeFromFactor(width: number, factor: number): number {
  return Math.max(1, Math.round((width - (width % factor)) / factor));
}

/** Layers of the encoder of an encoder-decoder. */
function encoderLayers({ sites }: ModelSpec): number {
  const layers = sites.flatMap((site) =>
    site.kind === 'sublayer' && site.stack === 'encoder' ? [site.layer + 1] : [],
  );
  return Math.max(0, ...layers);
}

/** The sub-layers that get an adapter, in the order of the forward pass. */
function adaptedSites(model: ModelSpec, config: BottleneckConfig): SublayerSite[] {
  const beyond = config.leave_out.find((layer) => layer >= model.layers);
  const ahead = encoderLayers(model);
  const isChosen = {
    attention: config.attention,
    cross_attention: config.cross_attention,
    feed_forward: config.feed_forward,
  };
  if (beyond !== undefined) {
    throw invalidBottleneck(
      `leave_out names layer ${beyond} of ${model.layers}`,
      beyond,
      `0 to ${model.layers - 1}`,
    );
  }
  const sites = model.sites.filter(
    (site) =>
      site.kind === 'sublayer' &&
      isChosen[site.role] &&
      !config.leave_out.includes(site.layer + (site.stack === 'decoder' ? ahead : 0)),
  );
  if (sites.length === 0) {
    throw invalidBottleneck(
      'no sub-layer is left to adapt',
      config.leave_out,
      'attention, cross_attention or feed_forward, in one layer',
    );
  }
  return sites as SublayerSite[];
}

/** Four or five tensors for every adapted sub-layer, and copies of the norms' tensors with `train_layer_norms`. */
export function planBottleneck(
  model: ModelSpec,
  config: BottleneckConfig,
  usualFactor: number,
): Plan {
  const size = bottleneckSize(model, config, usualFactor);
  const sites = adaptedSites(model, config);
  const zeros: Init = { kind: 'zeros' };
  const { down, up } = firstWeights(config);
  const tensors = sites.flatMap((site) => {
    const names = bottleneckNames(site.name);
    return [
      { name: names.downWeight, shape: [size, site.width], init: down, site: site.name },
      { name: names.downBias, shape: [size], init: zeros, site: site.name },
      { name: names.upWeight, shape: [site.width, size], init: up, site: site.name },
      { name: names.upBias, shape: [site.width], init: zeros, site: site.name },
      ...factors(config, site, names.scaling),
    ];
  });
  const norms = config.train_layer_norms ? model.sites.filter((site) => site.kind === 'norm') : [];
  const base = norms.flatMap(({ weight, bias }) =>
    [weight, bias].filter((name) => name !== undefined),
  );
  return { tensors, base, sites: sites.map((site) => site.name) };
}

function factors({ scaling }: BottleneckConfig, site: SublayerSite, name: string): PlannedTensor[] {
  if (typeof scaling === 'number') return [];
  const shape = [scaling === 'channel' ? site.width : 1];
  return [{ name, shape, init: { kind: 'constant', value: 1 }, site: site.name }];
}

function firstWeights({ init }: BottleneckConfig): { down: Init; up: Init } {
  const narrow: Init = { kind: 'truncated-normal', std: 1e-3 };
  const wide: Init = { kind: 'normal', std: 0.02 };
  if (init === 'bert') return { down: wide, up: wide };
  return { down: narrow, up: init === 'houlsby' ? narrow : { kind: 'zeros' } };
}

/** The error of this package for adapters that cannot be made. */
function invalidBottleneck(message: string, value: unknown, accepted: string): TunesmithError {
  return new TunesmithError({
    package: owner,
    code: 'invalid-bottleneck',
    message,
    value,
    accepted,
  });
}

import type {
  AttentionSite,
  EmbedSite,
  LinearSite,
  NormSite,
  Site,
  SublayerSite,
} from '../sites.ts';

/**
 * Collects the sites and tensors of a specification in the order of the forward pass. Each call adds a site, with its tensors
 * under the names that Hugging Face gives them: `<name>.weight` and `<name>.bias`.
 */
export interface SpecBuilder {
  /** The token embedding, `[vocabulary, width]`. */
  embed(name: string, sizes: Pick<EmbedSite, 'vocabulary' | 'width'>): EmbedSite;
  /** A linear map; its weight is `[out, in]` or, with the layout `in_out`, `[in, out]`. */
  linear(
    name: string,
    map: Pick<LinearSite, 'in' | 'out' | 'layer'> & {
      readonly bias: boolean;
      readonly layout?: LinearSite['layout'];
    },
  ): LinearSite;
  /** The map onto the vocabulary; tied, its weight is the embedding's. */
  head(name: string, embed: EmbedSite, tied: boolean): LinearSite;
  /** A normalization; with a bias a layer norm. */
  norm(
    name: string,
    norm: Pick<NormSite, 'width' | 'layer'> & { readonly bias: boolean },
  ): NormSite;
  /** The heads of a block. */
  attention(name: string, heads: Omit<AttentionSite, 'kind' | 'name'>): AttentionSite;
  /** A sub-layer of a block. */
  sublayer(name: string, sublayer: Omit<SublayerSite, 'kind' | 'name'>): SublayerSite;
  /** A tensor that belongs to no site; returns its name. */
  tensor(name: string, shape: readonly number[]): string;
  readonly sites: readonly Site[];
  readonly tensors: Readonly<Record<string, { readonly shape: readonly number[] }>>;
}

/** An empty builder. */
export function createSpecBuilder(): SpecBuilder {
  const sites: Site[] = [];
  const tensors: Record<string, { shape: readonly number[] }> = {};
  const site = <T extends Site>(added: T): T => {
    sites.push(added);
    return added;
  };
  const tensor = (name: string, shape: readonly number[]): string => {
    tensors[name] = { shape };
    return name;
  };
  const biasOf = (name: string, has: boolean, width: number): { bias?: string } =>
    has ? { bias: tensor(`${name}.bias`, [width]) } : {};
  return {
    sites,
    tensors,
    tensor,
    embed: (name, sizes) =>
      site({
        kind: 'embed',
        name,
        weight: tensor(`${name}.weight`, [sizes.vocabulary, sizes.width]),
        ...sizes,
      }),
    linear: (name, { bias, layout = 'out_in', ...map }) =>
      site({
        kind: 'linear',
        name,
        ...map,
        weight: tensor(
          `${name}.weight`,
          layout === 'out_in' ? [map.out, map.in] : [map.in, map.out],
        ),
        ...biasOf(name, bias, map.out),
        layout,
      }),
    head: (name, { vocabulary, width, weight }, tied) =>
      site({
        kind: 'linear',
        name,
        in: width,
        out: vocabulary,
        ...(tied
          ? { weight, ownWeight: `${name}.weight` }
          : { weight: tensor(`${name}.weight`, [vocabulary, width]) }),
        layout: 'out_in',
        head: true,
      }),
    norm: (name, { bias, ...norm }) =>
      site({
        kind: 'norm',
        name,
        ...norm,
        weight: tensor(`${name}.weight`, [norm.width]),
        ...biasOf(name, bias, norm.width),
      }),
    attention: (name, heads) => site({ kind: 'attention', name, ...heads }),
    sublayer: (name, sublayer) => site({ kind: 'sublayer', name, ...sublayer }),
  };
}

/** Caches what is derived from a configuration by the configuration's identity. */
export function memoize<T>(derive: (configuration: object) => T): (configuration: object) => T {
  const known = new WeakMap<object, T>();
  return (configuration) => {
    let derived = known.get(configuration);
    if (derived === undefined) {
      derived = derive(configuration);
      known.set(configuration, derived);
    }
    return derived;
  };
}

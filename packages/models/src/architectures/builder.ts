import type { CacheDeclaration, ModelSpec, TensorDeclaration } from '../model.ts';
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
  /** A token embedding, `[vocabulary, width]`; its table may lie under another module's name. */
  embed(
    name: string,
    sizes: Pick<EmbedSite, 'vocabulary' | 'width' | 'stack'> & { readonly table?: string },
  ): EmbedSite;
  /** A linear map; its weight is `[out, in]` or, with the layout `in_out`, `[in, out]`. */
  linear(
    name: string,
    map: Pick<
      LinearSite,
      'role' | 'expert' | 'in' | 'out' | 'layer' | 'stack' | 'reads' | 'queries'
    > & {
      readonly bias: boolean;
      readonly layout?: LinearSite['layout'];
    },
  ): LinearSite;
  /** The map onto the vocabulary; tied, its weight is the embedding's. A bias is named here: families call it differently. */
  head(name: string, embed: EmbedSite, tied: boolean, bias?: string): LinearSite;
  /** The map onto labels, `[labels, in]`. */
  classifier(name: string, sizes: { in: number; labels: number; bias: boolean }): LinearSite;
  /** A normalization, with a weight unless `weight: false` says otherwise. */
  norm(name: string, norm: NormDescription): NormSite;
  /** The heads of a block. */
  attention(name: string, heads: Omit<AttentionSite, 'kind' | 'name'>): AttentionSite;
  /** A sub-layer of a block. */
  sublayer(name: string, sublayer: Omit<SublayerSite, 'kind' | 'name'>): SublayerSite;
  /** A name and shape under which files may hold tensors of the model one after the other. */
  joined(name: string, shape: readonly number[], parts: readonly string[]): void;
  /** A tensor that belongs to no site; returns its name. */
  tensor(name: string, shape: readonly number[]): string;
  /** A tensor that is a constant of the model and no parameter; returns its name. */
  constant(name: string, shape: readonly number[]): string;
  /**
   * The specification of what was collected. The blocks are counted, and each attention that is causal or crossed has a cache.
   */
  spec(
    facts: Pick<
      ModelSpec,
      | 'modelType'
      | 'kind'
      | 'width'
      | 'maximumPositions'
      | 'tied'
      | 'embed'
      | 'head'
      | 'configuration'
    > &
      Partial<
        Pick<
          ModelSpec,
          'headKind' | 'copies' | 'decoderStart' | 'counts' | 'originalPositions' | 'routerLoss'
        >
      >,
  ): ModelSpec;
}

/** A normalization as {@link SpecBuilder.norm} takes it. */
export type NormDescription = Omit<NormSite, 'kind' | 'name' | 'weight' | 'bias'> & {
  readonly weight?: false;
  readonly bias?: boolean;
};

/** An empty builder. */
export function createSpecBuilder(): SpecBuilder {
  const sites: Site[] = [];
  const tensors: Record<string, TensorDeclaration> = {};
  const joined: Record<string, ModelSpec['joined'][string]> = {};
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
    tensor,
    constant(name, shape) {
      tensors[name] = { shape, constant: true };
      return name;
    },
    joined(name, shape, parts) {
      joined[name] = { shape, parts };
    },
    embed: (name, { table = name, ...sizes }) =>
      site({
        kind: 'embed',
        name,
        weight: tensor(`${table}.weight`, [sizes.vocabulary, sizes.width]),
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
    head: (name, { vocabulary, width, weight }, tied, bias) =>
      site({
        kind: 'linear',
        name,
        role: 'head',
        in: width,
        out: vocabulary,
        ...(tied
          ? { weight, ownWeight: `${name}.weight` }
          : { weight: tensor(`${name}.weight`, [vocabulary, width]) }),
        ...(bias === undefined ? {} : { bias: tensor(bias, [vocabulary]) }),
        layout: 'out_in',
        head: true,
      }),
    classifier: (name, { in: width, labels, bias }) =>
      site({
        kind: 'linear',
        name,
        role: 'classifier',
        in: width,
        out: labels,
        weight: tensor(`${name}.weight`, [labels, width]),
        ...biasOf(name, bias, labels),
        layout: 'out_in',
        head: true,
      }),
    norm: (name, { weight, bias = false, ...norm }) =>
      site({
        kind: 'norm',
        name,
        ...norm,
        ...(weight === false
          ? {}
          : {
              weight: tensor(
                `${name}.weight`,
                norm.heads === undefined ? [norm.width] : [norm.heads, norm.width],
              ),
            }),
        ...biasOf(name, bias, norm.width),
      }),
    attention: (name, heads) => site({ kind: 'attention', name, ...heads }),
    sublayer: (name, sublayer) => site({ kind: 'sublayer', name, ...sublayer }),
    spec: ({ headKind = { kind: 'vocabulary' }, copies = {}, counts = 'all', ...facts }) => ({
      ...facts,
      headKind,
      counts,
      layers: blocksOf(sites),
      vocabulary: facts.embed.vocabulary,
      sites,
      tensors,
      // A tied head may be stored beside the table.
      copies: facts.tied ? { [`${facts.head.name}.weight`]: facts.head.weight, ...copies } : copies,
      joined,
      caches: sites.flatMap(cacheOf),
    }),
  };
}

function blocksOf(sites: readonly Site[]): number {
  const blocks = sites.flatMap((site) =>
    site.kind === 'sublayer' ? [`${site.stack ?? ''} ${site.layer}`] : [],
  );
  return new Set(blocks).size;
}

function cacheOf(site: Site): CacheDeclaration[] {
  if (site.kind !== 'attention' || site.sees === 'bidirectional') return [];
  const { name, kvHeads, headDim, window } = site;
  return [
    {
      site: name,
      shape: [kvHeads, headDim],
      holds: site.sees === 'cross' ? 'source' : 'tokens',
      ...(window === undefined ? {} : { window }),
    },
  ];
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

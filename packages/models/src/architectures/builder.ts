import type { Site } from '../sites.ts';

/** Collects the sites and tensors of a specification in the order of the forward pass. */
export interface SpecBuilder {
  /** Adds a site and returns it. */
  site<T extends Site>(site: T): T;
  /** Adds a tensor and returns its name. */
  tensor(name: string, shape: readonly number[]): string;
  readonly sites: readonly Site[];
  readonly tensors: Readonly<Record<string, { readonly shape: readonly number[] }>>;
}

/** An empty builder. */
export function createSpecBuilder(): SpecBuilder {
  const sites: Site[] = [];
  const tensors: Record<string, { shape: readonly number[] }> = {};
  return {
    sites,
    tensors,
    site: (site) => {
      sites.push(site);
      return site;
    },
    tensor: (name, shape) => {
      tensors[name] = { shape };
      return name;
    },
  };
}

/** Caches what is derived from a configuration by the configuration's identity. */
export function memoise<T>(derive: (configuration: object) => T): (configuration: object) => T {
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

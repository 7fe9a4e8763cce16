import { TunesmithError, nearest } from '@tunesmith/schema';
import {
  compilePattern,
  type EmbedSite,
  type LinearRole,
  type LinearSite,
  type ModelSpec,
  type Pattern,
  type Site,
} from '@tunesmith/models';
import { compareCodePoints } from './python-json.ts';

/** Which linear maps of a model a method takes, in Hugging Face PEFT's terms. */
export interface TargetChoice {
  /**
   * Names: each a full site name or the end of one after a dot (`q_proj` takes `model.layers.0.self_attn.q_proj`).
   * One string: a regular expression of Python's that must match a full site name; `all-linear`: every map except the head.
   */
  readonly targets: string | readonly string[];
  /** Sites to leave out: names or one regular expression, as in `targets`. */
  readonly exclude?: string | readonly string[] | null;
  /** Only sites of these layers. */
  readonly layers?: readonly number[] | null;
  /** Name of the list of layers, where a model has several. */
  readonly layersPattern?: string | readonly string[] | null;
}

/**
 * The linear sites that a choice takes, in the order of the forward pass.
 *
 * @param owner the package to name in errors
 * @throws TunesmithError `unmatched-target` for a name or expression that matches no linear map, listing the nearest names;
 * `not-linear` for one that names another kind of site; `invalid-pattern`; `pattern-limit`; `no-target` when nothing is left in the end
 */
export function selectLinearSites(
  owner: string,
  model: ModelSpec,
  choice: TargetChoice,
): LinearSite[] {
  return select(owner, model, choice, (site) => site.kind === 'linear');
}

/** The same of linear maps and token embeddings; `all-linear` takes no embedding. @throws as {@link selectLinearSites} */
export function selectWeightSites(
  owner: string,
  model: ModelSpec,
  choice: TargetChoice,
): WeightSite[] {
  return select(
    owner,
    model,
    choice,
    (site) => site.kind === 'linear' || (site.kind === 'embed' && choice.targets !== 'all-linear'),
  );
}

/** A site with a weight of two dimensions: a linear map or a token embedding. */
export type WeightSite = LinearSite | EmbedSite;

function select<Chosen extends WeightSite>(
  owner: string,
  model: ModelSpec,
  choice: TargetChoice,
  isCandidate: (site: Site) => boolean,
): Chosen[] {
  const linear = model.sites.filter(isCandidate) as Chosen[];
  const { targets, exclude, layers } = choice;
  if (Array.isArray(targets) && targets.length === 0)
    throw noTarget(owner, 'the list of targets is empty', targets);
  if (typeof targets === 'string' && targets !== 'all-linear' && layers) {
    throw new TunesmithError({
      package: owner,
      code: 'unmatched-target',
      message: 'a regular expression as target cannot be combined with a choice of layers',
      value: targets,
      accepted: 'layers inside the expression, or a list of names with a choice of layers',
    });
  }
  const named = linear.filter((site) => isTarget(owner, site, targets));
  for (const target of typeof targets === 'string' ? [targets] : targets) {
    const one = typeof targets === 'string' ? targets : [target];
    if (named.some((site) => isTarget(owner, site, one))) continue;
    throw unmatched(owner, model, target, typeof targets === 'string');
  }
  const chosen = named.filter(
    (site) =>
      !(exclude && matchesName(owner, site.name, exclude)) && isInLayers(owner, site, choice),
  );
  if (chosen.length === 0) {
    throw noTarget(
      owner,
      `the targets match ${named.length} linear maps, and the exclusions and layers leave none`,
      {
        exclude,
        layers,
      },
    );
  }
  return chosen;
}

/**
 * Whether a full site name is matched by a list of names or endings, or in full by one regular expression of Python's, as
 * `re.fullmatch` does.
 */
export function matchesName(
  owner: string,
  name: string,
  choice: string | readonly string[],
): boolean {
  if (typeof choice === 'string') return pattern(owner, choice).matchesFully(name);
  return choice.some((target) => name === target || name.endsWith(`.${target}`));
}

/**
 * The entry of a pattern table for a site: the first key that matches the whole name or its end after a dot, as
 * `re.match("(.*\.)?(key)$", name)` does in PEFT; undefined where none does.
 */
export function lookupPattern<T>(
  owner: string,
  table: Readonly<Record<string, T>>,
  name: string,
): T | undefined {
  const key = Object.keys(table).find((source) => matchesEnd(owner, source, name));
  return key === undefined ? undefined : table[key];
}

function matchesEnd(owner: string, key: string, name: string): boolean {
  return pattern(owner, `(.*\\.)?(${key})$`, key).match(name) !== undefined;
}

/**
 * A pattern table that means the same to a reader who sorts its keys. PEFT's files are sorted, and where keys overlap the
 * first one that matches a site counts: then each site that a key matches is named in full.
 *
 * @param names the full names of the sites that the table is for
 */
export function sortedPattern<T>(
  owner: string,
  table: Readonly<Record<string, T>>,
  names: readonly string[],
): Readonly<Record<string, T>> {
  const keys = Object.keys(table).sort(compareCodePoints);
  const sorted = Object.fromEntries(keys.map((key) => [key, table[key]!]));
  const found = names.map((name) => [name, lookupPattern(owner, table, name)] as const);
  if (found.every(([name, value]) => lookupPattern(owner, sorted, name) === value)) return table;
  return Object.fromEntries(
    found.flatMap(([name, value]) =>
      value === undefined ? [] : [[`^${name.replaceAll('.', '\\.')}`, value]],
    ),
  );
}

function isTarget(owner: string, site: WeightSite, targets: string | readonly string[]): boolean {
  if (targets !== 'all-linear') return matchesName(owner, site.name, targets);
  return site.kind === 'linear' && site.head !== true;
}

/** Whether a site lies in the chosen layers; no list, or an empty one, chooses all. */
function isInLayers(
  owner: string,
  site: WeightSite,
  { layers, layersPattern }: TargetChoice,
): boolean {
  if (!layers || layers.length === 0) return true;
  if (site.kind === 'embed') return false;
  if (!layersPattern || layersPattern.length === 0)
    return site.layer !== undefined && layers.includes(site.layer);
  const lists = typeof layersPattern === 'string' ? [layersPattern] : layersPattern;
  for (const list of lists) {
    const found = pattern(owner, `(?:^|.*?\\.)${list}\\.(\\d+)\\.`, list).match(site.name);
    if (found) return layers.includes(Number(found.groups.at(-1)));
  }
  return false;
}

const patterns = new Map<string, Pattern>();

/** A compiled expression of Python's; `written` is the part of it that a person wrote. */
function pattern(owner: string, source: string, written = source): Pattern {
  const key = `${owner} ${source}`;
  const found = patterns.get(key);
  if (found) return found;
  const compiled = compilePattern({ source, dialect: 'python', owner, written });
  patterns.set(key, compiled);
  return compiled;
}

function unmatched(
  owner: string,
  model: ModelSpec,
  target: string,
  expression: boolean,
): TunesmithError {
  const other = expression
    ? undefined
    : model.sites.find((site) => site.kind !== 'linear' && matchesName(owner, site.name, [target]));
  if (other !== undefined) {
    return new TunesmithError({
      package: owner,
      code: 'not-linear',
      message: `target "${target}" is the ${kinds[other.kind]} "${other.name}", not a linear map`,
      value: target,
      accepted: linearEndings(model),
    });
  }
  const close = expression ? undefined : nearestSite(target, model);
  return new TunesmithError({
    package: owner,
    code: 'unmatched-target',
    message: `target ${expression ? `expression "${target}" matches no linear map in full` : `"${target}" matches no linear map`}`,
    value: target,
    accepted: expression
      ? model.sites.filter((site) => site.kind === 'linear').map((site) => site.name)
      : linearEndings(model),
    ...(close === undefined ? {} : { nearest: close }),
  });
}

const kinds = {
  embed: 'embedding',
  norm: 'norm',
  sublayer: 'sub-layer',
  attention: 'attention',
  linear: 'linear map',
};

/** The last parts of the linear maps' names, each once: what people write as targets. */
export function linearEndings(model: ModelSpec): string[] {
  const endings = model.sites
    .filter((site) => site.kind === 'linear')
    .map((site) => site.name.slice(site.name.lastIndexOf('.') + 1));
  return [...new Set(endings)];
}

/**
 * What people write as targets for the maps of some roles: the last parts of their names, or the full names where the last part
 * would take maps of other roles too.
 *
 * @throws TunesmithError `no-such-role` for a model without maps of these roles
 */
export function endingsOfRoles(
  owner: string,
  model: ModelSpec,
  roles: readonly LinearRole[],
): string[] {
  const linear = model.sites.filter((site) => site.kind === 'linear');
  const chosen = linear.filter(({ role }) => roles.includes(role));
  if (chosen.length === 0) {
    throw new TunesmithError({
      package: owner,
      code: 'no-such-role',
      message: `this model (${model.modelType}) has no map of the roles ${roles.join(', ')}`,
      value: [...roles],
      accepted: ['all-linear', ...linearEndings(model)],
    });
  }
  const names = chosen.map(({ name }) => {
    const ending = name.slice(name.lastIndexOf('.') + 1);
    const isClear = linear
      .filter((site) => matchesName(owner, site.name, [ending]))
      .every(({ role }) => roles.includes(role));
    return isClear ? ending : name;
  });
  return [...new Set(names)];
}

function nearestSite(target: string, model: ModelSpec): string | undefined {
  return target.includes('.')
    ? nearest(
        target,
        model.sites.filter((site) => site.kind === 'linear').map((site) => site.name),
      )
    : nearest(target, linearEndings(model));
}

function noTarget(owner: string, message: string, value: unknown): TunesmithError {
  return new TunesmithError({
    package: owner,
    code: 'no-target',
    message,
    value,
    accepted: 'a choice that leaves at least one linear map',
  });
}

import { acceptPlugin } from './accept.ts';
import type { Plugin, PluginContract, PluginContracts, PluginKind } from './contract.ts';
import { wordsOf, type PluginKindDefinition } from './kind.ts';
import { findNamed, requireDistinctNames } from './look-up.ts';
import { choosePlugin, settle, type Chosen, type Mention } from './mention.ts';

/** Every plugin of a run, by kind and name. */
export interface Registry {
  /** The kinds of plugin that it knows. */
  readonly kinds: readonly PluginKindDefinition[];
  /** @throws TunesmithError `unknown-name`, listing what exists */
  get<Kind extends PluginKind>(kind: Kind, name: string): PluginContracts[Kind];
  /** All plugins of a kind, in the order they were registered. */
  all<Kind extends PluginKind>(kind: Kind): readonly PluginContracts[Kind][];
  /** The plugin that a recipe mentions, with its options. @throws TunesmithError as {@link choosePlugin} */
  choose<Kind extends PluginKind>(
    kind: Kind,
    mention: Mention,
    reserved?: readonly string[],
  ): Chosen<PluginContracts[Kind]>;
  /** The same, its options settled. @see settle */
  settled<Kind extends PluginKind>(kind: Kind, mention: Mention): PluginContracts[Kind];
}

/**
 * A registry of the given plugins; nothing is added behind its back. Values are checked, and those that follow an older version
 * of their contract brought up to date.
 *
 * @param kinds what there can be plugins of
 * @throws TunesmithError `unknown-name` for a kind that is not among them, `invalid-plugin`, and `duplicate-name` where two of a
 * kind share a name
 */
export function createRegistry(
  kinds: readonly PluginKindDefinition[],
  plugins: readonly Plugin[],
): Registry {
  const named = kinds.map((definition) => ({ name: definition.kind as string, definition }));
  const kindOf = (kind: string): PluginKindDefinition =>
    findNamed(kind, named, { package: '@tunesmith/schema', kind: 'plugin kind' }).definition;
  const values = new Map<string, PluginContract[]>();
  for (const { kind, value } of plugins) {
    const accepted: PluginContract = acceptPlugin(kindOf(kind), value);
    const own = values.get(kind);
    if (own) own.push(accepted);
    else values.set(kind, [accepted]);
  }
  for (const [kind, own] of values) requireDistinctNames(own, lookUpOf(kindOf(kind)));
  const all = <Kind extends PluginKind>(kind: Kind) =>
    (values.get(kindOf(kind).kind) ?? []) as unknown as readonly PluginContracts[Kind][];
  const definitionOf = <Kind extends PluginKind>(kind: Kind) =>
    kindOf(kind) as unknown as PluginKindDefinition<Kind>;
  return {
    kinds,
    all,
    get: (kind, name) => findNamed(name, all(kind), lookUpOf(kindOf(kind))),
    choose: (kind, mention, reserved) =>
      choosePlugin(definitionOf(kind), mention, all(kind), reserved),
    settled: (kind, mention) =>
      settle(definitionOf(kind), choosePlugin(definitionOf(kind), mention, all(kind))),
  };
}

function lookUpOf(definition: PluginKindDefinition): { package: string; kind: string } {
  return { package: definition.package, kind: wordsOf(definition) };
}

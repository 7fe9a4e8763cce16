import type { JSONSchema } from '../validation/json-schema.ts';
import type { PluginKind } from './contract.ts';

/** The members of a plugin's value by name; functions are bound to it. */
export type PluginMembers = Readonly<Record<string, unknown>>;

/** Brings a value of one version of a contract to the next version; a sentence where its author has to do it. */
export type Upgrade = string | ((members: PluginMembers) => PluginMembers);

/** What a kind of plugin demands of its values: the contract's counterpart at run time, for values that no compiler checked. */
export interface PluginKindDefinition<Kind extends PluginKind = PluginKind> {
  readonly kind: Kind;
  /** The package that owns the contract; it stands in errors. */
  readonly package: string;
  /** The current version of the contract. */
  readonly specVersion: number;
  /** The functions that a value must have. */
  readonly functions: readonly string[];
  /** Those that it may have besides. */
  readonly optionalFunctions?: readonly string[];
  /** What it must have besides its functions and what all plugins have. */
  readonly properties?: Readonly<Record<string, JSONSchema>>;
  /** By older version: how a value that follows it becomes one of the next version. */
  readonly upgrades?: Readonly<Record<number, Upgrade>>;
}

/** Declares a kind of plugin, beside the contract that its package adds to `PluginContracts`. */
export function definePluginKind<Kind extends PluginKind>(
  definition: PluginKindDefinition<Kind>,
): PluginKindDefinition<Kind> {
  return definition;
}

/** A kind in words, for messages: `dataset adapter`. */
export function wordsOf({ kind }: PluginKindDefinition): string {
  return kind.replaceAll('-', ' ');
}

/**
 * What changed for all kinds from version 1 of their contracts to version 2: the sentence of every plugin is its `description`
 * (some called it `summary`, some had none), and the schema of its settings `options` (methods called it `config`).
 */
export function upgradeManifest({ summary, config, ...members }: PluginMembers): PluginMembers {
  const { title } = Object(members['reference']) as { title?: unknown };
  return {
    ...members,
    specVersion: 2,
    description:
      members['description'] ?? summary ?? title ?? 'A plugin that does not describe itself.',
    ...(config === undefined ? {} : { options: config }),
  };
}

import type { JSONSchema } from '../validation/json-schema.ts';
import { describeSchema } from '../validation/describe.ts';
import { withDefaults } from '../validation/defaults.ts';
import { validate } from '../validation/validate.ts';
import { acceptPlugin, membersOf } from './accept.ts';
import type { PluginContract, PluginContracts, PluginKind, PluginOptions } from './contract.ts';
import { wordsOf, type PluginKindDefinition } from './kind.ts';
import { findNamed } from './look-up.ts';

/** How a recipe names a plugin: by its name, or by its name with options: `lora`, `{ name: lora, r: 8 }`. */
export type Mention = string | { readonly name: string; readonly [option: string]: unknown };

/** A plugin that was mentioned, and its options: checked, with every default written out. */
export interface Chosen<Value extends PluginContract = PluginContract> {
  readonly plugin: Value;
  readonly options: PluginOptions;
}

/** The name in a mention, and the options that stand beside it. */
export function partsOf(mention: Mention): { name: string; options: PluginOptions } {
  if (typeof mention === 'string') return { name: mention, options: {} };
  const { name, ...options } = mention;
  return { name, options };
}

/**
 * The plugin that a mention means, with its options.
 *
 * @param plugins what there is of the kind
 * @param reserved names that are no plugins but may stand in its place, for messages
 * @throws TunesmithError `unknown-name`, `duplicate-name`, `invalid-plugin`; `invalid-<kind>-<name>` for options that it refuses
 */
export function choosePlugin<Kind extends PluginKind>(
  definition: PluginKindDefinition<Kind>,
  mention: Mention,
  plugins: readonly PluginContracts[Kind][],
  reserved: readonly string[] = [],
): Chosen<PluginContracts[Kind]> {
  const { name, options } = partsOf(mention);
  const lookUp = { package: definition.package, kind: wordsOf(definition), reserved };
  const plugin = acceptPlugin(definition, findNamed(name, plugins, lookUp));
  return { plugin, options: completeOptions(definition, plugin, options) };
}

/** Options as a plugin takes them: checked by its schema, with every default written out. */
export function completeOptions(
  definition: PluginKindDefinition,
  { name, options: schema = none }: Pick<PluginContract, 'name' | 'options'>,
  given: PluginOptions,
): PluginOptions {
  const complete = withDefaults(schema, given);
  return validate(schema, complete, {
    package: definition.package,
    what: `${wordsOf(definition)} ${name}`,
  });
}

const none: JSONSchema = { type: 'object', properties: {}, additionalProperties: false };

/** A chosen plugin as a recipe mentions it in full: its name alone where it has no options. */
export function mentionOf({ plugin: { name }, options }: Chosen): Mention {
  return Object.keys(options).length === 0 ? name : { name, ...options };
}

/** A chosen plugin in few words, with the options that differ from their defaults: `exact-match(normalization=strict)`. */
export function labelOf({ plugin, options }: Chosen): string {
  const told = Object.entries(options).flatMap(([key, value]) => {
    const text = JSON.stringify(value);
    const usual = JSON.stringify(plugin.options?.properties?.[key]?.default);
    return text === usual ? [] : [`${key}=${typeof value === 'string' ? value : text}`];
  });
  return told.length === 0 ? plugin.name : `${plugin.name}(${told.join(',')})`;
}

/**
 * A chosen plugin with its options settled: a value of the same contract that asks for none and is named by its label. For kinds
 * whose functions take options as their last argument: metric, prompt template, dataset adapter, evaluation task.
 */
export function settle<Kind extends PluginKind>(
  definition: PluginKindDefinition<Kind>,
  chosen: Chosen<PluginContracts[Kind]>,
): PluginContracts[Kind] {
  const { plugin, options } = chosen;
  if ((plugin as PluginContract).options === undefined) return plugin;
  const { options: _, ...members } = membersOf(plugin);
  const { functions, optionalFunctions = [] } = definition;
  const settled = [...functions, ...optionalFunctions].flatMap((member) => {
    const given = members[member] as ((...values: unknown[]) => unknown) | undefined;
    return given ? [[member, (...values: unknown[]) => given(...values, options)]] : [];
  });
  return {
    ...members,
    ...Object.fromEntries(settled),
    name: labelOf(chosen),
  } as PluginContracts[Kind];
}

/** One option of a plugin, for lists and documentation. */
export interface DescribedOption {
  readonly name: string;
  /** What it accepts, in words: `an integer of at least 1`. */
  readonly type: string;
  /** Absent where the option must be given or may be absent. */
  readonly default?: unknown;
  readonly description: string;
}

/** The options of a plugin, in the order of its schema. */
export function describeOptions({ options }: Pick<PluginContract, 'options'>): DescribedOption[] {
  return Object.entries(options?.properties ?? {}).map(([name, schema]) => ({
    name,
    type: describeSchema(schema),
    ...(schema.default === undefined ? {} : { default: schema.default }),
    description: schema.description ?? '',
  }));
}

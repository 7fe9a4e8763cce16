import { Type, type Static } from 'typebox';

/** Every kind of plugin. */
export const pluginKinds = [
  'method',
  'dataset-adapter',
  'data-source',
  'prompt-template',
  'metric',
  'evaluation-task',
  'objective',
  'optimizer',
  'schedule',
  'architecture',
  'device',
] as const;

/** A kind of plugin. */
export type PluginKind = (typeof pluginKinds)[number];

/** JSON Schema of what a plugin says about itself. */
export const pluginManifestSchema = Type.Object(
  {
    specVersion: Type.Union([Type.Literal(1), Type.Literal(2)], {
      description: 'The version of the contract it follows.',
    }),
    kind: Type.Union(
      pluginKinds.map((kind) => Type.Literal(kind)),
      { description: 'What it plugs in.' },
    ),
    name: Type.String({
      minLength: 1,
      pattern: '^[a-z0-9][a-z0-9._-]*$',
      description: 'Unique within its kind.',
    }),
  },
  {
    additionalProperties: true,
    $id: 'https://tunesmith.dev/schema/1/plugin.schema.json',
    title: 'Tunesmith plugin manifest',
  },
);

/** What a plugin says about itself: the contract's version, its kind and its name. */
export type PluginManifest = Static<typeof pluginManifestSchema> & { kind: PluginKind };

/**
 * A plugin as a package exports it: the value of the contract, and which contract that is.
 *
 * A plugin package exports `plugins`, a list of these.
 */
export interface Plugin<
  Value extends { specVersion: 1 | 2; name: string } = { specVersion: 1 | 2; name: string },
> {
  kind: PluginKind;
  value: Value;
}

/** Says which contract a value follows: `definePlugin('metric', rougeL)`. */
export function definePlugin<Value extends { specVersion: 1 | 2; name: string }>(
  kind: PluginKind,
  value: Value,
): Plugin<Value> {
  return { kind, value };
}

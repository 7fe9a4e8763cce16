import type { Architecture } from '@tunesmith/models';
import type { PeftMethod } from '@tunesmith/peft';
import type { DevicePlugin } from '@tunesmith/runtime';
import {
  pluginKinds,
  showValue,
  TunesmithError,
  unknownName,
  validate,
  pluginManifestSchema,
  type DatasetAdapter,
  type DataSource,
  type EvaluationTask,
  type Metric,
  type Plugin,
  type PluginKind,
  type PromptTemplate,
} from '@tunesmith/schema';
import type { ObjectivePlugin, OptimizerPlugin, Schedule } from '@tunesmith/trainer';

/** The contract of each kind of plugin. */
export interface PluginValues {
  method: PeftMethod;
  'dataset-adapter': DatasetAdapter;
  'data-source': DataSource;
  'prompt-template': PromptTemplate;
  metric: Metric;
  'evaluation-task': EvaluationTask;
  objective: ObjectivePlugin;
  optimizer: OptimizerPlugin;
  schedule: Schedule;
  architecture: Architecture;
  device: DevicePlugin;
}

/** Every plugin of a run, by kind and name. */
export interface Registry {
  /** @throws TunesmithError `unknown-name`, listing what exists */
  get<Kind extends PluginKind>(kind: Kind, name: string): PluginValues[Kind];
  /** All plugins of a kind, in the order they were registered. */
  all<Kind extends PluginKind>(kind: Kind): readonly PluginValues[Kind][];
}

/**
 * A registry of the given plugins; nothing is added behind its back.
 *
 * @throws TunesmithError `invalid-plugin`, or `duplicate-plugin` where two of a kind share a name
 */
export function createRegistry(plugins: readonly Plugin[]): Registry {
  const kinds = new Map<PluginKind, Map<string, Plugin['value']>>(
    pluginKinds.map((kind) => [kind, new Map()]),
  );
  for (const plugin of plugins) {
    const { kind, name } = manifestOf(plugin);
    const named = kinds.get(kind);
    if (named?.has(name)) {
      throw new TunesmithError({
        package: 'tunesmith',
        code: 'duplicate-plugin',
        message: `there are two plugins of kind ${kind} named "${name}"`,
        value: name,
        accepted: `a name that is not taken; taken are ${[...named.keys()].join(', ')}`,
      });
    }
    named?.set(name, plugin.value);
  }
  return {
    get<Kind extends PluginKind>(kind: Kind, name: string) {
      const named = kinds.get(kind);
      const value = named?.get(name);
      if (value === undefined)
        throw unknownName({ package: 'tunesmith', kind, name, names: [...(named?.keys() ?? [])] });
      return value as PluginValues[Kind];
    },
    all<Kind extends PluginKind>(kind: Kind) {
      return [...(kinds.get(kind)?.values() ?? [])] as unknown as PluginValues[Kind][];
    },
  };
}

/** The functions that a plugin of each kind must have. */
const functions: Readonly<Record<PluginKind, readonly string[]>> = {
  method: ['plan', 'hooks'],
  'dataset-adapter': ['convert'],
  'data-source': ['records'],
  'prompt-template': ['messages'],
  metric: ['score'],
  'evaluation-task': ['instances'],
  objective: ['create'],
  optimizer: ['create'],
  schedule: ['create'],
  architecture: ['spec', 'forward'],
  device: ['probe', 'open'],
};

function manifestOf(plugin: Plugin): { kind: PluginKind; name: string } {
  const value = plugin.value as Record<string, unknown> | undefined;
  const told = { specVersion: value?.['specVersion'], kind: plugin.kind, name: value?.['name'] };
  const manifest = validate<{ specVersion: 1; kind: PluginKind; name: string }>(
    pluginManifestSchema,
    told,
    { package: 'tunesmith', what: 'plugin' },
  );
  const { kind, name } = manifest;
  const missing = functions[kind].find((member) => typeof value?.[member] !== 'function');
  if (missing === undefined) return manifest;
  throw new TunesmithError({
    package: 'tunesmith',
    code: 'invalid-plugin',
    message: `the ${kind} "${name}": ${missing} is ${showValue(value?.[missing])}`,
    value: value?.[missing],
    accepted: 'a function',
  });
}

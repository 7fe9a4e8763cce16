import {
  createRegistry,
  describeOptions,
  type DescribedOption,
  type Plugin,
  type PluginContract,
  type PluginKind,
} from '@tunesmith/schema';
import { pluginKinds } from './plugins/built-in.ts';
import { nodePlugins } from './plugins/node-plugins.ts';
import { reservedMethods } from './train/method.ts';

/** One entry of a list of plugins. */
export interface Listed extends Pick<PluginContract, 'name' | 'description' | 'reference'> {
  kind: PluginKind;
  /** Of a method: the peak learning rate that a run takes under AdamW where its recipe names none. */
  learningRate?: number;
  /** What a recipe may set beside its name. */
  options: readonly DescribedOption[];
}

/** Everything that can be named in a recipe: methods, adapters, templates, metrics, devices, …; built in or from `plugins`. */
export function list(options: { kind?: PluginKind; plugins?: readonly Plugin[] } = {}): Listed[] {
  const registry = createRegistry(pluginKinds, [...nodePlugins, ...(options.plugins ?? [])]);
  const kinds = options.kind === undefined ? pluginKinds.map(({ kind }) => kind) : [options.kind];
  return kinds.flatMap((kind) => {
    const plugins: readonly PluginContract[] = registry.all(kind);
    return [
      ...plugins.map((plugin) => describe(kind, plugin)),
      ...(kind === 'method' ? reservedMethods.map((method) => describe(kind, method)) : []),
    ];
  });
}

function describe(
  kind: PluginKind,
  plugin: Pick<PluginContract, 'name' | 'description' | 'reference' | 'options'> & {
    learningRate?: number;
  },
): Listed {
  const { name, description, reference, learningRate } = plugin;
  return {
    kind,
    name,
    description,
    ...(reference ? { reference } : {}),
    ...(learningRate === undefined ? {} : { learningRate }),
    options: describeOptions(plugin),
  };
}

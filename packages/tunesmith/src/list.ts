import { pluginKinds, type Plugin, type PluginKind } from '@tunesmith/schema';
import { builtInPlugins } from './plugins/built-in.ts';
import { createRegistry } from './plugins/registry.ts';
import { reservedMethods } from './train/method.ts';

/** One entry of a list of plugins. */
export interface Listed {
  kind: PluginKind;
  name: string;
  /** One sentence, where the plugin gives one. */
  description: string;
  /** The paper it follows. */
  reference?: { title: string; authors: string; year: number; url: string };
}

/** Everything that can be named in a recipe: methods, adapters, templates, metrics, devices, …; built in or from `plugins`. */
export function list(options: { kind?: PluginKind; plugins?: readonly Plugin[] } = {}): Listed[] {
  const registry = createRegistry([...builtInPlugins, ...(options.plugins ?? [])]);
  const kinds = options.kind === undefined ? pluginKinds : [options.kind];
  return kinds.flatMap((kind) => [
    ...registry.all(kind).map((value) => describe(kind, value)),
    ...(kind === 'method' ? reservedMethods.map((method) => ({ kind, ...method })) : []),
  ]);
}

/** Contracts name their one sentence differently; a paper's title says it where there is none. */
function describe(kind: PluginKind, value: { name: string }): Listed {
  const { description, summary, reference, config, modelTypes } = value as {
    description?: string;
    summary?: string;
    reference?: Listed['reference'];
    config?: { description?: string };
    modelTypes?: readonly string[];
  };
  const sentence =
    description ??
    summary ??
    config?.description ??
    (modelTypes && `reads ${modelTypes.join(', ')}`) ??
    reference?.title;
  return {
    kind,
    name: value.name,
    description: sentence ?? '',
    ...(reference ? { reference } : {}),
  };
}

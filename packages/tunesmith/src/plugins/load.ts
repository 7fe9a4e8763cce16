import {
  acceptPlugin,
  findNamed,
  showValue,
  TunesmithError,
  wordsOf,
  type Plugin,
} from '@tunesmith/schema';
import { candidates } from '../recipe/candidates.ts';
import { pluginKinds } from './built-in.ts';
import { guarded, pluginFailure } from './guard.ts';
import { isModulePath, moduleAddress } from './packages.ts';
import { heldTo } from './promises.ts';

/**
 * The plugins of each named package or file: what its export `plugins` lists. What one of them throws later is told with
 * its name.
 *
 * @param names package names, or paths relative to `directory` or else to the working folder
 * @param onWork hears which one is loaded now
 * @throws TunesmithError `missing-plugin`, `not-a-plugin`, or `plugin-failed` where the module throws when it is loaded
 */
export async function loadPlugins(
  names: readonly string[],
  directory: string,
  onWork?: (what: string) => void,
): Promise<Plugin[]> {
  const found: Plugin[] = [];
  for (const name of names) {
    onWork?.(`loading the plugin ${name}`);
    const address = await moduleAddress(name, directory);
    if (address === undefined) throw missing(name, directory);
    found.push(...(await pluginsOf(name, address)));
  }
  return found;
}

function missing(name: string, directory: string): TunesmithError {
  const isPath = isModulePath(name);
  return new TunesmithError({
    package: 'tunesmith',
    code: 'missing-plugin',
    message: isPath ? `there is no plugin file "${name}"` : `the plugin "${name}" is not installed`,
    value: name,
    accepted: isPath
      ? `the path of a module file; looked at ${candidates(name, directory).join(' and ')}`
      : `a package installed for ${directory}, or the path of a module file that begins with ./`,
  });
}

async function pluginsOf(name: string, address: string): Promise<Plugin[]> {
  let plugins: unknown;
  let exported: string[] = [];
  try {
    const module = (await import(address)) as Record<string, unknown>;
    exported = Object.keys(module);
    ({ plugins } = module);
  } catch (error) {
    throw pluginFailure(`the plugin "${name}" could not be loaded`, error);
  }
  if (!Array.isArray(plugins)) {
    throw new TunesmithError({
      package: 'tunesmith',
      code: 'not-a-plugin',
      message: `"${name}" exports no list named plugins`,
      value: name,
      accepted: `export const plugins = [definePlugin(kind, value)]; it exports ${exported.join(', ') || 'nothing'}`,
    });
  }
  return plugins.map((plugin: unknown, index) => asPlugin(plugin, name, index));
}

function asPlugin(plugin: unknown, name: string, index: number): Plugin {
  const where = `plugins[${index}] of the plugin "${name}"`;
  try {
    const { kind, value } = Object(plugin) as { kind?: unknown; value?: unknown };
    if (typeof kind === 'string' && typeof value === 'object' && value !== null) {
      const kinds = pluginKinds.map((definition) => ({ name: definition.kind, definition }));
      const { definition } = findNamed(kind, kinds, { package: 'tunesmith', kind: 'plugin kind' });
      const from = ` of the plugin "${name}"`;
      const accepted = acceptPlugin(definition, value, from);
      const who = `the ${wordsOf(definition)} "${accepted.name}"${from}`;
      const check = (member: string, result: unknown): unknown =>
        heldTo(kind, member, result, `${member} of ${who}`);
      return { kind: definition.kind, value: guarded(accepted, who, check) } as Plugin;
    }
  } catch (error) {
    throw pluginFailure(`${where} could not be read`, error);
  }
  throw new TunesmithError({
    package: 'tunesmith',
    code: 'not-a-plugin',
    message: `${where} is ${showValue(plugin)}`,
    value: plugin,
    accepted: 'definePlugin(kind, value)',
  });
}

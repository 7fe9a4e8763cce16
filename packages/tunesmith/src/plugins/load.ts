import { TunesmithError, type Plugin } from '@tunesmith/schema';
import { moduleAddress } from './packages.ts';

/**
 * The plugins of each named package or file: what its export `plugins` lists.
 *
 * @param names package names, or paths relative to `directory`
 * @throws TunesmithError `missing-plugin` or `not-a-plugin`
 */
export async function loadPlugins(names: readonly string[], directory: string): Promise<Plugin[]> {
  const found: Plugin[] = [];
  for (const name of names) {
    const address = await moduleAddress(name, directory);
    if (address === undefined) {
      throw new TunesmithError({
        package: 'tunesmith',
        code: 'missing-plugin',
        message: `the plugin "${name}" is not installed`,
        value: name,
        accepted: `a package installed for ${directory}, or the path of a module that begins with ./`,
      });
    }
    found.push(...(await pluginsOf(name, address)));
  }
  return found;
}

async function pluginsOf(name: string, address: string): Promise<Plugin[]> {
  const module = (await import(address)) as Record<string, unknown>;
  const { plugins } = module;
  if (!Array.isArray(plugins)) {
    throw new TunesmithError({
      package: 'tunesmith',
      code: 'not-a-plugin',
      message: `"${name}" exports no list named plugins`,
      value: name,
      accepted: `export const plugins = [definePlugin(kind, value)]; it exports ${Object.keys(module).join(', ') || 'nothing'}`,
    });
  }
  return plugins as Plugin[];
}

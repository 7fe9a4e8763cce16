import { pluginKinds, unknownName, type PluginKind } from '@tunesmith/schema';
import type { Command } from 'commander';
import { createCommand, terminalOf, withPlugins } from './shared.ts';
import { table } from '@tunesmith/report';

/** `tunesmith list` */
export function listCommand(): Command {
  const command = createCommand(
    'list',
    'List what a recipe can name: methods, formats, metrics, devices and the rest',
    ['list', 'list method', 'list metric --plugin ./my-metrics.js --json'],
  ).argument('[kind]', `one of ${pluginKinds.join(', ')}`);
  return withPlugins(command).action(
    async (kind: string | undefined, options: { json?: boolean; plugin?: string[] }) => {
      if (kind !== undefined && !isKind(kind))
        throw unknownName({
          package: 'tunesmith',
          kind: 'kind of plugin',
          name: kind,
          names: pluginKinds,
        });
      const terminal = terminalOf(options);
      const { list } = await import('../list.ts');
      const { loadPlugins } = await import('../plugins/load.ts');
      const plugins = await loadPlugins(options.plugin ?? [], process.cwd(), terminal.working);
      const found = list({ plugins, ...(kind === undefined ? {} : { kind }) });
      const rows = found.map((one) => [
        one.kind,
        one.name,
        one.reference
          ? `${one.description} (${one.reference.authors.split(',')[0]} ${one.reference.year})`
          : one.description,
      ]);
      terminal.result(
        found,
        rows.length > 0
          ? table(['kind', 'name', ''], rows)
          : `no ${kind} is built in; a plugin may bring one: --plugin NAME lists what is in it`,
      );
    },
  );
}

function isKind(name: string): name is PluginKind {
  return pluginKinds.some((kind) => kind === name);
}

import { findNamed, showValue } from '@tunesmith/schema';
import type { Command } from 'commander';
import type { Listed } from '../list.ts';
import { createCommand, terminalOf, withPlugins } from './shared.ts';
import type { Terminal } from './terminal.ts';

/** `tunesmith list` */
export function listCommand(): Command {
  const command = createCommand(
    'list',
    'List what a recipe can name: methods, formats, metrics, devices and the rest, with their options',
    ['list', 'list method', 'list metric --plugin ./my-metrics.js --json'],
  ).argument('[kind]', 'a kind of plugin, such as method or metric; every kind where not given');
  return withPlugins(command).action(
    async (named: string | undefined, options: { json?: boolean; plugin?: string[] }) => {
      const terminal = terminalOf(options);
      const { list } = await import('../list.ts');
      const { pluginKinds } = await import('../plugins/built-in.ts');
      const { loadPlugins } = await import('../plugins/load.ts');
      const kinds = pluginKinds.map(({ kind }) => ({ name: kind as string, kind }));
      const lookUp = { package: 'tunesmith', kind: 'plugin kind' };
      const kind = named === undefined ? {} : { kind: findNamed(named, kinds, lookUp).kind };
      const plugins = await loadPlugins(options.plugin ?? [], process.cwd(), terminal.working);
      const found = list({ plugins, ...kind });
      terminal.result(
        found,
        found.length > 0
          ? found.map((one) => describe(one, terminal)).join('\n\n')
          : `no ${named} is built in; a plugin may bring one: --plugin NAME lists what is in it`,
      );
    },
  );
}

/** Name and sentence, the paper, and a line for each option. */
function describe(
  { kind, name, description, reference, learningRate, options }: Listed,
  terminal: Terminal,
): string {
  const { style } = terminal;
  const { title, authors, year, url } = reference ?? {};
  return [
    `${style('dim', kind)} ${style('bold', name)}  ${description}`,
    ...(reference ? [style('dim', `  ${authors} ${year}, ${title}, ${url}`)] : []),
    ...(learningRate === undefined
      ? []
      : [style('dim', `  learning rate where the recipe names none: ${learningRate}`)]),
    ...options.map(({ name: option, type, default: usual, description: sentence }) => {
      const given = usual === undefined ? '' : `, ${showValue(usual)} by default`;
      return `  ${option}: ${sentence} ${style('dim', `(${type}${given})`)}`;
    }),
  ].join('\n');
}

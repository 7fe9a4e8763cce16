import type { DataReport } from '@tunesmith/datasets';
import type { Command } from 'commander';
import type { DataOptions } from '../data/inspect.ts';
import { withPlugins } from './shared.ts';
import type { Terminal } from './terminal.ts';

/** The options of every command on data. */
export interface DataFlags {
  format?: string;
  limit?: number;
  plugin?: string[];
  json?: boolean;
}

/** The file and the options of every command on data. */
export function dataFlags(command: Command): Command {
  return withPlugins(
    command
      .argument('<file>', 'a data file: .jsonl, .json, .csv, .tsv, each also with .gz')
      .option(
        '--format <name>',
        'the dataset adapter of its rows; found from the first rows by default',
      ),
  );
}

/** What was typed, as jobs on data take it. */
export function dataOptionsOf(path: string, { format, limit, plugin }: DataFlags): DataOptions {
  return {
    path,
    ...(format === undefined ? {} : { format }),
    ...(limit === undefined ? {} : { limit }),
    ...(plugin === undefined ? {} : { pluginNames: plugin }),
  };
}

/** Says aloud what nobody asked for. */
export async function warn(terminal: Terminal, report: DataReport): Promise<void> {
  const { findings } = await import('@tunesmith/datasets');
  for (const { message } of findings(report))
    terminal.note(terminal.style('yellow', `warning: ${message}`));
}

import type { DataReport } from '@tunesmith/datasets';
import { findProblems, recipeSchema, type Mention, type StageBudget } from '@tunesmith/schema';
import { InvalidArgumentError, Option, type Command } from 'commander';
import { parse } from 'yaml';
import type { DataOptions } from '../data/open-data.ts';
import { withPlugins } from './shared.ts';
import type { Terminal } from './terminal.ts';

/** The options of every command on data. */
export interface DataFlags {
  format?: Mention;
  dataset?: string;
  columns?: Record<string, string>;
  limit?: number;
  layout?: string;
  onError?: 'fail' | 'skip' | 'quarantine';
  quarantine?: string;
  images?: string;
  plugin?: string[];
  json?: boolean;
}

/** The file and the options of every command on data. */
export function dataFlags(command: Command): Command {
  return withPlugins(
    command
      .argument(
        '<file>',
        'a data file (JSON Lines, JSON, CSV, TSV, Parquet, Arrow, YAML, text; also packed by gzip or zstd), a folder or a pattern of them, an address, hf://org/name[/configuration[/split]], or - for standard input',
      )
      .option(
        '--format <name>',
        'the dataset adapter of its rows, or { name: oasst, paths: all } with options; auto, the default, finds it from the first rows and says why',
        mentioned,
      )
      .option('--dataset <name>', 'the data set to read, where the file is a dataset_info.json')
      .option(
        '--columns <names>',
        'columns that are called otherwise than the keys of the format: "{ instruction: question }"',
        namesOf,
      )
      .option(
        '--layout <name>',
        'how the file is laid out, where neither its name nor its first bytes say it: jsonl, csv, text, …',
      )
      .addOption(
        new Option('--on-error <what>', 'what becomes of rows that cannot be read')
          .choices(['fail', 'skip', 'quarantine'])
          .default('fail'),
      )
      .option('--quarantine <file>', 'where they go then', 'quarantine.jsonl')
      .option(
        '--images <folder>',
        'where paths of pictures begin: rows whose pictures are not there cannot be read',
      ),
  );
}

/** A plugin as it is named on the command line: a name, or in braces with options, as in a recipe. */
export function mentioned(text: string): Mention {
  if (!text.trim().startsWith('{')) return text;
  let value: unknown;
  try {
    value = parse(text);
  } catch {
    value = undefined;
  }
  if (typeof (value as { name?: unknown } | undefined)?.name === 'string') return value as Mention;
  throw new InvalidArgumentError('accepted: a name, or { name: …, option: … }');
}

/** A budget as a recipe has it. */
export function budgeted(text: string): StageBudget {
  let value: unknown;
  try {
    value = parse(text);
  } catch {
    value = undefined;
  }
  const [problem] = findProblems(recipeSchema.properties!['budget']!, value);
  if (problem === undefined) return value as StageBudget;
  throw new InvalidArgumentError(
    `${problem.message}. Accepted: { cap: 2, prices: { MODEL: { input: 0.15, output: 0.6 } } }.`,
  );
}

/** Names by key, in braces. */
function namesOf(text: string): Record<string, string> {
  let value: unknown;
  try {
    value = parse(text);
  } catch {
    value = undefined;
  }
  const isNames = typeof value === 'object' && value !== null && !Array.isArray(value);
  if (isNames && Object.values(value as object).every((name) => typeof name === 'string'))
    return value as Record<string, string>;
  throw new InvalidArgumentError('accepted: { key: column, … }');
}

/** What was typed, as jobs on data take it. */
export function dataOptionsOf(path: string, flags: DataFlags): DataOptions {
  const { format, dataset, columns, limit, layout, onError, quarantine, images, plugin } = flags;
  return {
    path,
    ...(format === undefined ? {} : { format }),
    ...(dataset === undefined ? {} : { dataset }),
    ...(columns === undefined ? {} : { columns }),
    ...(limit === undefined ? {} : { limit }),
    ...(layout === undefined ? {} : { layout }),
    ...(onError === undefined ? {} : { onError }),
    ...(quarantine === undefined ? {} : { quarantine }),
    ...(images === undefined ? {} : { images }),
    ...(plugin === undefined ? {} : { pluginNames: plugin }),
  };
}

/** Says aloud what nobody asked for. */
export async function warn(terminal: Terminal, report: DataReport): Promise<void> {
  const { findings } = await import('@tunesmith/datasets');
  for (const { message } of findings(report))
    terminal.note(terminal.style('yellow', `warning: ${message}`));
}

/** How rows are shown as a model would see them. */
export interface PreviewFlags extends DataFlags {
  model?: string;
  template: string;
  objective: Mention;
}

/** What the format is, and why where it was found. */
export function describeFormat({ format, foundBy }: { format: string; foundBy?: string }): string {
  return foundBy === undefined ? format : `${format} (${foundBy})`;
}

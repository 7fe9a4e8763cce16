import type { Mention, StageBudget } from '@tunesmith/schema';
import type { Command } from 'commander';
import {
  budgeted,
  dataFlags,
  dataOptionsOf,
  mentioned,
  warn,
  type DataFlags,
} from './data-flags.ts';
import { createCommand, terminalOf, wholeNumber } from './shared.ts';

interface FilterFlags extends DataFlags {
  filter: Mention[];
  out: string;
  dropped?: string;
  to?: string;
  seed: number;
  device?: string;
  budget?: StageBudget;
  atOnce?: number;
  perMinute?: number;
  overwrite?: boolean;
}

/** `tunesmith data filter …` */
export function filterCommand(): Command {
  const command = createCommand('filter', 'Keep the rows that filters let pass', [
    'data filter rows.jsonl --filter answered --filter near-duplicates --out kept.jsonl',
    'data filter rows.jsonl --filter "{ name: length, words: { maximum: 400 } }" --out short.jsonl --dropped dropped.jsonl',
  ]);
  return dataFlags(command)
    .requiredOption(
      '--filter <name>',
      'a data filter, or { name: …, option: … }; several act in order (list data-filter names them)',
      oneMore,
    )
    .requiredOption('--out <file>', 'a .jsonl or .json file for the rows that stay')
    .option('--dropped <file>', 'a .jsonl file for those that leave, each with filter and reason')
    .option('--to <format>', 'the format of the rows that stay; that of the file by default')
    .option('--limit <n>', 'use only this many rows', wholeNumber(1))
    .option('--seed <n>', 'what is drawn is drawn from it', wholeNumber(0), 0)
    .option('--device <name>', 'where models run that filters ask', 'auto')
    .option(
      '--budget <limits>',
      'what filters may spend that ask chat models: "{ cap: 2, prices: { MODEL: { input: 0.15, output: 0.6 } } }", for a million tokens',
      budgeted,
    )
    .option('--at-once <n>', 'requests to a chat model under way at once', wholeNumber(1), 8)
    .option('--per-minute <n>', 'requests to a chat model begun in any minute', wholeNumber(1))
    .option('--overwrite', 'replace the files if they exist')
    .action(async (file: string, flags: FilterFlags) => {
      const { filter: filters, out, dropped, to, seed, device = 'auto', overwrite = false } = flags;
      const { budget, atOnce, perMinute } = flags;
      const { describeReport } = await import('@tunesmith/datasets');
      const { filterData } = await import('../data/filter-data.ts');
      const { describeTook } = await import('../synthesis/describe.ts');
      const terminal = terminalOf(flags);
      terminal.working(`filtering ${file}`);
      const found = await filterData({
        ...dataOptionsOf(file, flags),
        filters,
        out,
        seed,
        device,
        overwrite,
        ...(budget === undefined ? {} : { budget }),
        ...(atOnce === undefined ? {} : { atOnce }),
        ...(perMinute === undefined ? {} : { perMinute }),
        ...(dropped === undefined ? {} : { dropped }),
        ...(to === undefined ? {} : { to }),
      });
      await warn(terminal, found.report);
      const beside = dropped === undefined ? '' : `, ${found.dropped} to ${dropped}`;
      terminal.result(
        found,
        [
          describeReport(found.report),
          ...Object.entries(found.asked).map(([model, took]) => describeTook(model, took)),
          ...(Object.keys(found.asked).length > 0
            ? [`answers are kept in ${out}.journal, and not asked for again`]
            : []),
          `${found.written} rows written to ${out}${beside}`,
        ].join('\n'),
      );
    });
}

function oneMore(text: string, before: Mention[] = []): Mention[] {
  return [...before, mentioned(text)];
}

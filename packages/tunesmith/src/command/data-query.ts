import type { Command } from 'commander';
import { Option } from 'commander';
import { createCommand, terminalOf, wholeNumber } from './shared.ts';
import { warn } from './data-flags.ts';

interface QueryFlags {
  to?: string;
  limit: number;
  memory: string;
  onError: 'fail' | 'skip' | 'quarantine';
  quarantine: string;
  overwrite?: boolean;
  json?: boolean;
}

/** `tunesmith data query …` */
export function queryCommand(): Command {
  return createCommand('query', 'Ask files of rows by SQL', [
    'data query "select output, count(*) as times from rows group by output order by times" rows.jsonl',
    'data query "select rows.* from rows semi join heldout using (input) order by input" rows.jsonl heldout.jsonl --to both.parquet',
  ])
    .argument(
      '<sql>',
      'a query, as DuckDB has it; a table is called as its file is, one alone also rows',
    )
    .argument(
      '<files...>',
      'data files, folders, patterns, addresses, hf://org/name, - for standard input',
    )
    .option(
      '--to <file>',
      'write the rows to a file, in the layout that its name says; - for JSON Lines on standard output',
    )
    .option('--limit <n>', 'show only this many rows', wholeNumber(1), 20)
    .option('--memory <size>', 'hold at most this much in memory', '1GB')
    .addOption(
      new Option('--on-error <what>', 'what becomes of rows that cannot be read')
        .choices(['fail', 'skip', 'quarantine'])
        .default('fail'),
    )
    .option('--quarantine <file>', 'where they go then', 'quarantine.jsonl')
    .option('--overwrite', 'replace the file if it exists')
    .action(async (query: string, paths: string[], flags: QueryFlags) => {
      const terminal = terminalOf(flags);
      const { queryData } = await import('../data/query.ts');
      terminal.working(`reading ${paths.join(', ')}`);
      const found = await queryData({ ...flags, query, paths });
      await warn(terminal, found.report);
      const { columns, rows, count, isCut } = found;
      const { to } = flags;
      if (to !== undefined) {
        const said = `${count} rows written to ${to === '-' ? 'standard output' : to}`;
        if (to === '-') terminal.note(said);
        else terminal.result(found, said);
        return;
      }
      const lines = rows.map((row) => columns.map((column) => shown(row[column])));
      const more = isCut ? `\nand more: --limit shows, --to FILE writes them` : '';
      terminal.result(found, `${aligned([columns, ...lines])}\n${count} rows${more}`);
    });
}

/** Characters of a value that a line shows. */
const widest = 60;

function shown(value: unknown): string {
  if (value === null || value === undefined) return '';
  const text = (typeof value === 'string' ? value : JSON.stringify(value)).replaceAll(/\s+/g, ' ');
  return text.length > widest ? `${text.slice(0, widest - 1)}…` : text;
}

function aligned(lines: readonly (readonly string[])[]): string {
  const widths = lines[0]!.map((_, at) => Math.max(...lines.map((line) => line[at]!.length)));
  return lines
    .map((line) =>
      line
        .map((text, at) => text.padEnd(widths[at]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

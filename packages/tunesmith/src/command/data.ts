import type { Mention } from '@tunesmith/schema';
import { Command } from 'commander';
import type { Preview } from '../data/preview.ts';
import { dataTemplateCommand } from './data-template.ts';
import { exitCodes } from './exit-codes.ts';
import { queryCommand } from './data-query.ts';
import { filterCommand } from './data-filter.ts';
import { statsCommand } from './data-stats.ts';
import {
  dataFlags,
  dataOptionsOf,
  describeFormat,
  mentioned,
  warn,
  type DataFlags,
  type PreviewFlags,
} from './data-flags.ts';
import { createCommand, terminalOf, wholeNumber } from './shared.ts';
import type { Terminal } from './terminal.ts';

/** `tunesmith data …` */
export function dataCommand(exit: (code: number) => void): Command {
  return new Command('data')
    .summary('Look at data, check it, convert it, clean it')
    .description('Look at data, check it, convert it, clean it.')
    .addCommand(previewCommand())
    .addCommand(statsCommand())
    .addCommand(validateCommand(exit))
    .addCommand(convertCommand())
    .addCommand(filterCommand())
    .addCommand(queryCommand())
    .addCommand(dataTemplateCommand(exit));
}

function previewCommand(): Command {
  const command = createCommand('preview', 'Show the first rows as a model would see them', [
    'data preview rows.jsonl',
    'data preview rows.jsonl --model ./nano --limit 5',
    'data preview rows.jsonl --model ./nano --objective "{ name: causal-lm, learn: last-answer }"',
  ]);
  return dataFlags(command)
    .option('--limit <n>', 'how many rows', wholeNumber(1), 3)
    .option(
      '--model <folder>',
      'a model whose tokenizer and chat template are used; shows what is learned',
    )
    .option('--template <name>', 'the prompt template', 'plain')
    .option('--objective <name>', 'what is learned', mentioned, 'causal-lm')
    .action(async (file: string, flags: PreviewFlags) => {
      const terminal = terminalOf(flags);
      const { model, template, objective } = flags;
      const { previewData } = await import('../data/preview.ts');
      terminal.working(`reading ${file}`);
      const found = await previewData({
        ...dataOptionsOf(file, flags),
        template,
        objective,
        ...(model === undefined ? {} : { model }),
      });
      await warn(terminal, found.report);
      const legend = model === undefined ? '' : ', what is learned between ⟦ and ⟧';
      const text = found.previews.map((preview) => describePreview(preview, terminal)).join('\n\n');
      terminal.result(found, `format ${describeFormat(found)}${legend}\n\n${text}`);
      for (const { message } of found.warnings)
        terminal.note(terminal.style('yellow', `warning: ${message}`));
    });
}

/** Remarks that a person reads in a row. */
const longestList = 10;

function describePreview(preview: Preview, terminal: Terminal): string {
  const { record, documents, tokens, supervisedTokens, leftOut } = preview;
  const title =
    terminal.style('bold', record.id) +
    (tokens === undefined ? '' : `  ${tokens} tokens, ${supervisedTokens} learned`) +
    (leftOut ? '  left out of training' : '');
  if (documents) {
    const text = documents.map((segments) =>
      segments
        .map((part) => (part.supervised ? `⟦${terminal.style('green', part.text)}⟧` : part.text))
        .join(''),
    );
    return [title, ...text].join('\n');
  }
  if ('messages' in record) {
    const lines = record.messages.map(({ role, content, tool_calls: calls }) => {
      const text = typeof content === 'string' ? content : JSON.stringify(content);
      return `${terminal.style('cyan', role)}: ${text}${calls ? JSON.stringify(calls) : ''}`;
    });
    const tools = record.tools?.map(
      (tool) => `${terminal.style('cyan', 'tool')}: ${JSON.stringify(tool)}`,
    );
    return [title, ...(tools ?? []), ...lines].join('\n');
  }
  return `${title}\n${JSON.stringify(record)}`;
}

function validateCommand(exit: (code: number) => void): Command {
  const command = createCommand(
    'validate',
    'Check every row of a file, and name each that cannot be used',
    ['data validate rows.jsonl', 'data validate chats.jsonl --format sharegpt'],
  );
  return dataFlags(command).action(async (file: string, flags: DataFlags) => {
    const { validateData } = await import('../data/validate.ts');
    const terminal = terminalOf(flags);
    terminal.working(`checking ${file}`);
    const found = await validateData(dataOptionsOf(file, flags));
    const { format, foundBy } = found;
    const as = format === undefined ? '' : ` as ${format}`;
    const verdict =
      found.invalid.length === 0
        ? `${found.file}: all ${found.rows} rows are usable${as}`
        : `${found.file}: ${found.usable} of ${found.rows} rows are usable${as}, ${found.invalid.length} are not`;
    const quiet = found.report.steps
      .flatMap(({ noted }) => noted)
      .filter(({ code }) => code === undefined)
      .map(({ reason, count }) => `${count} × ${reason}`);
    const shown = quiet.slice(0, longestList);
    if (quiet.length > shown.length)
      shown.push(`and ${quiet.length - shown.length} more: see --json`);
    terminal.result(
      found,
      [
        ...found.invalid.map(({ message }) => message),
        ...found.findings.map(({ message }) => `warning: ${message}`),
        ...shown,
        ...(format !== undefined && foundBy !== undefined ? [`format ${format}: ${foundBy}`] : []),
        verdict,
      ].join('\n'),
    );
    if (found.invalid.length > 0) exit(exitCodes.usage);
  });
}

function convertCommand(): Command {
  const command = createCommand('convert', 'Write the rows of a file in another format', [
    'data convert rows.csv --to messages --out converted.jsonl',
    'data convert "*.csv" --to messages --out rows.parquet',
    'data convert trees.jsonl --format "{ name: oasst, paths: all }" --to sharegpt --out talks.jsonl',
  ]);
  return dataFlags(command)
    .requiredOption(
      '--to <format>',
      'a dataset adapter that writes, such as messages, sharegpt or alpaca',
      mentioned,
    )
    .requiredOption(
      '--out <file>',
      'a .jsonl, .json, .csv, .tsv, .parquet, .arrow or .yaml file, also with .gz, or - for JSON Lines on standard output',
    )
    .option('--limit <n>', 'use only this many rows', wholeNumber(1))
    .option('--template <name>', 'the prompt template that phrases instances', 'plain')
    .option('--overwrite', 'replace the file if it exists')
    .action(
      async (
        file: string,
        flags: DataFlags & { to: Mention; out: string; template: string; overwrite?: boolean },
      ) => {
        const { to, out, template, overwrite = false } = flags;
        const { describeReport } = await import('@tunesmith/datasets');
        const { convertData } = await import('../data/convert.ts');
        const terminal = terminalOf(flags);
        terminal.working(`converting ${file}`);
        const found = await convertData({
          ...dataOptionsOf(file, flags),
          to,
          out,
          template,
          overwrite,
        });
        await warn(terminal, found.report);
        const said = [
          ...(found.foundBy === undefined ? [] : [`format ${found.from}: ${found.foundBy}`]),
          describeReport(found.report),
          `${found.written} rows written to ${out === '-' ? 'standard output' : out}`,
        ].join('\n');
        if (out === '-') terminal.note(said);
        else terminal.result(found, said);
      },
    );
}

import type { LengthSummary } from '@tunesmith/datasets';
import { dirname, resolve } from 'node:path';
import { readable, table } from '@tunesmith/report';
import { writeFileAtomically } from '@tunesmith/schema/node';
import type { Mention } from '@tunesmith/schema';
import { Command } from 'commander';
import type { Preview } from '../data/preview.ts';
import { dataTemplateCommand } from './data-template.ts';
import { exitCodes } from './exit-codes.ts';
import { queryCommand } from './data-query.ts';
import { filterCommand } from './data-filter.ts';
import { dataFlags, dataOptionsOf, mentioned, warn, type DataFlags } from './data-flags.ts';
import { createCommand, terminalOf, wholeNumber } from './shared.ts';
import type { Terminal } from './terminal.ts';

interface PreviewFlags extends DataFlags {
  model?: string;
  template: string;
  objective: Mention;
}

interface StatsFlags extends PreviewFlags {
  maxLength?: number;
  html?: string;
  overwrite?: boolean;
}

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

/** What the format is, and why where it was found. */
function describeFormat({ format, foundBy }: { format: string; foundBy?: string }): string {
  return foundBy === undefined ? format : `${format} (${foundBy})`;
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

function statsCommand(): Command {
  const command = createCommand('stats', 'Count and measure the rows of a file', [
    'data stats rows.jsonl',
    'data stats rows.csv --format alpaca --json',
    'data stats rows.jsonl --model ./nano --html rows.html',
  ]);
  return dataFlags(command)
    .option('--limit <n>', 'use only this many rows', wholeNumber(1))
    .option('--model <folder>', 'a model in whose tokens rows are measured too')
    .option('--template <name>', 'the prompt template', 'plain')
    .option('--objective <name>', 'what is learned', mentioned, 'causal-lm')
    .option('--max-length <n>', 'the longest row in tokens', wholeNumber(2))
    .option('--html <file>', 'write a page with charts, too')
    .option('--overwrite', 'replace that page if it exists')
    .action(async (file: string, flags: StatsFlags) => {
      const { describeReport } = await import('@tunesmith/datasets');
      const { dataStatistics } = await import('../data/statistics.ts');
      const terminal = terminalOf(flags);
      const { model, template, objective, maxLength, html, overwrite = false } = flags;
      if (html !== undefined) {
        const { checkOutputFile } = await import('../outputs/check-output.ts');
        const accepted = overwrite ? 'another file' : 'a new file, or --overwrite to replace it';
        await checkOutputFile(html, [{ what: 'the data file', path: file }], {
          overwrite,
          accepted,
        });
      }
      terminal.working(`measuring ${file}`);
      const found = await dataStatistics({
        ...dataOptionsOf(file, flags),
        template,
        objective,
        ...(model === undefined ? {} : { model }),
        ...(maxLength === undefined ? {} : { maximumLength: maxLength }),
      });
      if (html !== undefined) {
        const { renderDataPage } = await import('@tunesmith/report');
        const { pageOfData } = await import('../report/of-data.ts');
        const { makeFolders } = await import('../run/make-folders.ts');
        await makeFolders(dirname(resolve(html)));
        await writeFileAtomically(html, Buffer.from(renderDataPage(pageOfData(file, found))));
      }
      const { statistics, tokens } = found;
      const line = (name: string, summary: LengthSummary) => [
        name,
        ...[
          summary.mean,
          summary.minimum,
          summary.median,
          summary.percentile90,
          summary.percentile99,
          summary.maximum,
          summary.total,
        ].map(readable),
      ];
      const texts = statistics.prompt.characters.count > 0;
      const lengths = [
        ...(texts
          ? [
              line('prompt, words', statistics.prompt.words),
              line('answer, words', statistics.answer.words),
            ]
          : []),
        ...(statistics.tokens.count > 0
          ? [
              line('tokens', statistics.tokens),
              line('supervised tokens', statistics.supervisedTokens),
            ]
          : []),
        ...(tokens
          ? [line('tokens', tokens.tokens), line('tokens learned', tokens.supervisedTokens)]
          : []),
      ];
      const tallies = Object.entries({
        tasks: statistics.tasks,
        clusters: statistics.clusters,
        sources: statistics.sources,
        licenses: statistics.licenses,
      })
        .filter(([, tally]) => Object.keys(tally).some((name) => name !== '(none)'))
        .map(
          ([name, tally]) =>
            `${name}: ${Object.entries(tally)
              .map(([value, count]) => `${value} ${count}`)
              .join(', ')}`,
        );
      const text = [
        `format ${describeFormat(found)}, ${statistics.records} records`,
        describeReport(found.report),
        '',
        table(['length', 'mean', 'least', 'median', '90 %', '99 %', 'most', 'all'], lengths),
        '',
        `duplicates: ${statistics.duplicates.exact} exact, ${statistics.duplicates.normalized} but for case, marks or spacing`,
        `empty: ${statistics.empty.prompt} prompts, ${statistics.empty.answer} answers`,
        ...(statistics.unlearned > 0
          ? [`not learned: the answers of ${statistics.unlearned} conversations`]
          : []),
        ...tallies,
        ...(tokens ? [`left out of training: ${tokens.leftOut}`] : []),
        ...(html === undefined ? [] : [`page ${html}`]),
      ];
      terminal.result(found, text.join('\n'));
      for (const { message } of tokens?.warnings ?? [])
        terminal.note(terminal.style('yellow', `warning: ${message}`));
    });
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

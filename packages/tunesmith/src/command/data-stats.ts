import { dirname, resolve } from 'node:path';
import type { LengthSummary } from '@tunesmith/datasets';
import { readable, table } from '@tunesmith/report';
import { writeFileAtomically } from '@tunesmith/schema/node';
import type { Command } from 'commander';
import {
  dataFlags,
  dataOptionsOf,
  describeFormat,
  mentioned,
  type PreviewFlags,
} from './data-flags.ts';
import { createCommand, terminalOf, wholeNumber } from './shared.ts';

interface StatsFlags extends PreviewFlags {
  maxLength?: number;
  html?: string;
  overwrite?: boolean;
}

/** `tunesmith data stats` */
export function statsCommand(): Command {
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

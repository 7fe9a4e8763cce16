import { basename } from 'node:path';
import { findings, type LengthSummary } from '@tunesmith/datasets';
import { readable, type DataPage, type DataPageLengths } from '@tunesmith/report';
import type { FoundStatistics } from '../data/statistics.ts';

/** The page about a data file. */
export function pageOfData(file: string, found: FoundStatistics): DataPage {
  const { statistics, tokens, report, format } = found;
  const { duplicates, empty, records, unlearned } = statistics;
  const count = (value: number): string => value.toLocaleString('en-US');
  const lengths: DataPageLengths[] = [
    ...lengthsOf('prompt, words', statistics.prompt.words, statistics.histograms.promptWords),
    ...lengthsOf('answer, words', statistics.answer.words, statistics.histograms.answerWords),
    ...lengthsOf('tokens', statistics.tokens, statistics.histograms.tokens),
    ...lengthsOf(
      'supervised tokens',
      statistics.supervisedTokens,
      statistics.histograms.supervisedTokens,
    ),
    ...(tokens
      ? [
          ...lengthsOf('tokens', tokens.tokens, tokens.histograms.tokens),
          ...lengthsOf(
            'tokens that are learned',
            tokens.supervisedTokens,
            tokens.histograms.supervisedTokens,
          ),
        ]
      : []),
  ];
  const { sources, licenses, tasks, clusters, templates } = statistics;
  return {
    title: basename(file),
    tiles: [
      ['records', count(records), format],
      ...(tokens
        ? ([
            ['tokens', count(tokens.tokens.total)],
            [
              'learned',
              `${readable((100 * tokens.supervisedTokens.total) / Math.max(1, tokens.tokens.total))} %`,
              `${count(tokens.supervisedTokens.total)} tokens`,
            ],
            ['left out of training', count(tokens.leftOut)],
          ] as const)
        : []),
      [
        'duplicates',
        count(duplicates.exact),
        `${count(duplicates.normalized)} but for case, marks or spacing`,
      ],
      ['empty', count(empty.answer), `answers; ${count(empty.prompt)} prompts`],
      ...(unlearned > 0
        ? ([['not learned', count(unlearned), 'conversations, of their answers nothing']] as const)
        : []),
    ],
    warnings: [
      ...findings(report).map(({ message }) => message),
      ...(tokens?.warnings ?? []).map(({ message }) => message),
    ],
    lengths,
    tallies: Object.fromEntries(
      Object.entries({
        Sources: sources,
        Licenses: licenses,
        Clusters: clusters,
        Tasks: tasks,
        Templates: templates,
      }).filter(
        ([name, tally]) =>
          name === 'Licenses' || Object.keys(tally).some((value) => value !== '(none)'),
      ),
    ),
    examples: (tokens?.first ?? []).map(({ id, documents, tokens: all, supervisedTokens }) => ({
      id,
      note: `${count(all)} tokens, ${count(supervisedTokens)} learned`,
      documents,
    })),
  };
}

function lengthsOf(
  name: string,
  { count, mean, median, percentile99, maximum }: LengthSummary,
  bins: DataPageLengths['bins'],
): DataPageLengths[] {
  return count === 0 ? [] : [{ name, bins, mean, median, percentile99, maximum }];
}

import {
  collectStatistics,
  createReport,
  type DataReport,
  type DataStatistics,
} from '@tunesmith/datasets';
import { found, openData } from './open-data.ts';
import { objectiveOf, type ShownOptions } from './shown-objective.ts';
import { countTokensOf, type TokenStatistics } from './token-statistics.ts';

/** What {@link dataStatistics} found. */
export interface FoundStatistics {
  format: string;
  /** Why that format was found; absent where it was named. */
  foundBy?: string;
  statistics: DataStatistics;
  /** With a model: what its tokenizer and the objective make of the records. */
  tokens?: TokenStatistics;
  report: DataReport;
}

/** Counts and measures the records of a data file, in words and, with a model, in tokens. */
export async function dataStatistics(options: ShownOptions): Promise<FoundStatistics> {
  const { read, format, reason, registry } = await openData(options);
  const template = registry.settled('prompt-template', options.template ?? 'plain');
  const shown = await objectiveOf(options, registry, template);
  const counting = shown && countTokensOf(shown);
  const report = createReport();
  const records = read({ report });
  const statistics = await collectStatistics(counting ? counting.pass(records) : records);
  return {
    format: format()!,
    ...found(reason()),
    statistics,
    ...(counting ? { tokens: counting.statistics() } : {}),
    report: report.report(),
  };
}

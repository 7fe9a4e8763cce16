import { resolve } from 'node:path';
import type { Comparison } from '@tunesmith/evaluation';
import { writeFileAtomically } from '@tunesmith/models';
import { TunesmithError } from '@tunesmith/schema';
import { compareRuns, reportOfRun } from './report/of-runs.ts';
import { renderReport } from './report/render.ts';
import { exists } from './run/exists.ts';
import { readRun } from './run/read-run.ts';

/** Where a report goes. */
export interface ReportOptions {
  /** The page to write; a run's own `report.html`, and `comparison.html` in the working folder for two runs, by default. */
  out?: string;
  /** Whether a file that is there already is replaced; a run's own report always is. */
  overwrite?: boolean;
}

/** What {@link report} wrote. */
export interface ReportSummary {
  /** The path of the page. */
  report: string;
  /** The second run against the first one, where there are two that were measured on the same instances. */
  comparison?: Comparison;
}

/**
 * Writes the report of a run anew from what stands in its folder, or a page that shows two runs side by side.
 *
 * @param runs one run folder, or two
 * @throws TunesmithError `not-a-run`, `wrong-number-of-runs`, `output-exists`
 */
export async function report(
  runs: readonly string[],
  options: ReportOptions = {},
): Promise<ReportSummary> {
  const [first, second, ...others] = runs;
  if (first === undefined || others.length > 0) {
    throw new TunesmithError({
      package: 'tunesmith',
      code: 'wrong-number-of-runs',
      message: `a report shows one run or two, not ${runs.length}`,
      value: runs.length,
      accepted: 'one run folder, or two to see side by side',
    });
  }
  const run = await readRun(first);
  if (second === undefined) {
    const file = options.out === undefined ? run.folder.report : await free(options.out, options);
    await writeFileAtomically(file, renderReport(reportOfRun(run)));
    return { report: file };
  }
  const file = await free(options.out ?? 'comparison.html', options);
  const { report: page, comparison } = compareRuns(run, await readRun(second));
  await writeFileAtomically(file, renderReport(page));
  return { report: file, ...(comparison ? { comparison } : {}) };
}

async function free(path: string, { overwrite = false }: ReportOptions): Promise<string> {
  const file = resolve(path);
  if (overwrite || !(await exists(file))) return file;
  throw new TunesmithError({
    package: 'tunesmith',
    code: 'output-exists',
    message: `${path} exists already`,
    value: path,
    accepted: '--out with a new file, or --overwrite to replace it',
  });
}

import { renderReport } from '@tunesmith/report';
import type { Files } from '@tunesmith/schema';
import { reportOfRun } from '../report/of-runs.ts';
import { readRun } from '../run/read-run.ts';

/**
 * The report of a run as a page of HTML that stands alone, from what stands in the run's folder.
 *
 * @param run the files of the folder
 * @throws TunesmithError `not-a-run`
 */
export async function report(run: Files): Promise<string> {
  return renderReport(reportOfRun(await readRun(run)));
}

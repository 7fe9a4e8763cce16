import { dirname, join, resolve } from 'node:path';
import type { Comparison } from '@tunesmith/evaluation';
import { nodeFiles, writeFileAtomically } from '@tunesmith/schema/node';
import { TunesmithError } from '@tunesmith/schema';
import { checkOutputFile } from './outputs/check-output.ts';
import { isSamePlace } from './outputs/same-place.ts';
import { reportOfDataStage } from './report/of-data-stage.ts';
import { compareRuns, reportOfRun } from './report/of-runs.ts';
import { renderReport, type ReportData, type ReportedStage } from '@tunesmith/report';
import { exists } from './run/exists.ts';
import { runFolder } from './run/folder.ts';
import { stageFolder } from './stages/reference.ts';
import { markerName } from './run/marker.ts';
import { readRun, type RunRecord } from './run/read-run.ts';
import { makeFolders } from './run/make-folders.ts';
import { requireWritable } from './run/writable.ts';

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
 * @throws TunesmithError `not-a-run`, `wrong-number-of-runs`, `output-exists`; `output-is-input` for a file that the report is
 * made from
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
  const run = await readRun(nodeFiles(first));
  if (second === undefined) {
    const file = await pageFor(options.out ?? runFolder(run.directory).report, [run], options);
    await writeFileAtomically(file, renderReport(await reportOf(run)));
    return { report: file };
  }
  const other = await readRun(nodeFiles(second));
  const file = await pageFor(options.out ?? 'comparison.html', [run, other], options);
  const { report: page, comparison } = compareRuns(run, other);
  await writeFileAtomically(file, renderReport(page));
  return { report: file, ...(comparison ? { comparison } : {}) };
}

/** What a run's page shows: of a staged run, each of its stages. */
async function reportOf(run: RunRecord): Promise<ReportData> {
  const { stages } = run.recipe;
  if (!stages) return reportOfRun(run);
  const told: ReportedStage[] = [];
  for (const { name, job } of stages) {
    const folder = stageFolder(run.directory, name);
    const isRun = await exists(runFolder(folder).recipe);
    const shown = isRun
      ? reportOfRun(await readRun(nodeFiles(folder)))
      : await reportOfDataStage(folder);
    told.push({ name, job, ...(shown ? { report: shown } : {}) });
  }
  const { name = stages.map((stage) => stage.name).join(', ') } = run.recipe;
  const runs = [{ events: run.events, recipe: run.recipeText }];
  return { title: name, facts: [['Stages', `${stages.length}`]], runs, stages: told };
}

/** A page may stand beside what a run wrote, and in the place of its own report; what the report is made from is never replaced. */
async function pageFor(
  out: string,
  runs: readonly RunRecord[],
  { overwrite = false }: ReportOptions,
): Promise<string> {
  const file = resolve(out);
  const inputs = runs.flatMap((run) => {
    const { directory, report: own, ...parts } = runFolder(run.directory);
    const others = [markerName, 'best'].map((name) => join(directory, name));
    return [...Object.values(parts), ...others]
      .filter((path) => path !== own)
      .map((path) => ({ what: 'a part of the run', path }));
  });
  const [only, ...others] = runs;
  const isOwn =
    only !== undefined &&
    others.length === 0 &&
    (await isSamePlace(file, runFolder(only.directory).report));
  await checkOutputFile(out, inputs, {
    overwrite: overwrite || isOwn,
    accepted: '--out with a new file, or --overwrite to replace it',
  });
  await requireWritable(file);
  await makeFolders(dirname(file));
  return file;
}

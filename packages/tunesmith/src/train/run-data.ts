import { findings as dataFindings, type DataReport } from '@tunesmith/datasets';
import { findings, type TokenReport } from '@tunesmith/trainer';
import type { Overlap } from '../data/overlap.ts';
import { leftOutOf } from '../evaluation/shown-sets.ts';
import type { RunPlan } from './plan.ts';

/** What stands in `data-report.json`. */
export interface RunDataReport {
  /** Rows in, rows out and why, step after step. */
  steps: DataReport['steps'];
  /** Records of each split. */
  splits: Readonly<Record<string, number>>;
  /** The families of tasks that training data came from. */
  clusters?: readonly string[];
  /** How far what is measured stands in the training data too. */
  overlap?: Overlap;
  /** How training records became rows. */
  training?: TokenReport;
}

/** What should be heard of about the data, on its way to records and on to rows; said once where both say it. */
export function findingsOf(plan: RunPlan): { code: string; message: string }[] {
  const { data, rows, sets, warnings } = plan;
  const read = dataFindings(data.report.report());
  const made = rows ? findings(rows.report) : [];
  return [
    ...warnings,
    ...read.filter(({ code }) => made.every((finding) => finding.code !== code)),
    ...made,
    ...leftOutOf(sets),
  ];
}

/** What a run's `data-report.json` holds. */
export function dataReportOf(plan: RunPlan): RunDataReport {
  const { data, overlap, rows } = plan;
  const counts = [...data.splits].map(([name, records]): [string, number] => [
    name,
    records.length,
  ]);
  return {
    steps: data.report.report().steps,
    splits: { train: data.trained, ...Object.fromEntries(counts) },
    clusters: data.clusters,
    overlap,
    ...(rows ? { training: rows.report } : {}),
  };
}

export { renderReport } from './render.ts';
export type {
  ReportAnswer,
  ReportData,
  ReportedData,
  ReportedRun,
  ReportExample,
  TaskScore,
} from './report-data.ts';

export { duration, readable } from './scale.ts';
export { table } from './table.ts';

export { modelCard, type CardFacts } from './model-card.ts';
export {
  renderDataPage,
  type DataPage,
  type DataPageExample,
  type DataPageLengths,
} from './data-page.ts';
export { renderReport } from './render.ts';
export type {
  ReportAnswer,
  ReportData,
  ReportedData,
  ReportedRun,
  ReportedStage,
  ReportExample,
  TaskScore,
} from './report-data.ts';

export { duration, readable } from './scale.ts';
export { table } from './table.ts';

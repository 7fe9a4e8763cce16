export { train, type TrainOptions } from './over-files/train.ts';
export type { RunOptions, TrainSummary } from './train/job.ts';
export type { RunDataReport } from './train/run-data.ts';
export { describeRun } from './train/describe.ts';
export { evaluate, type EvaluateOptions } from './over-files/evaluate.ts';
export type { EvaluateSummary, MeasureOptions } from './evaluation/measure-recipe.ts';
export type { WrittenAnswer } from './evaluation/examples.ts';
export {
  generate,
  merge,
  type GenerateOptions,
  type MergeOptions,
  type MergeSummary,
  type ModelOptions,
} from './over-files/model-jobs.ts';
export type { AnswerOptions } from './answer.ts';
export type { NamedAdapters } from './adapters.ts';
export { report } from './over-files/report.ts';
export type { Surroundings } from './over-files/surroundings.ts';
export type { Warning, WorkListener } from './session.ts';

export { parseRecipe } from './recipe/parse.ts';
export { builtInMethods, builtInPlugins, pluginKinds } from './plugins/built-in.ts';

export { eventsIn } from './run/events.ts';
export { renderReport } from '@tunesmith/report';
export type {
  ReportAnswer,
  ReportData,
  ReportedData,
  ReportedRun,
  ReportExample,
  TaskScore,
} from '@tunesmith/report';

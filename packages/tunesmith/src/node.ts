export { train } from './train/train.ts';
export type { TrainJobOptions, TrainSummary } from './train/job.ts';
export {
  runStages,
  type StagesOptions,
  type StagesSummary,
  type StageSummary,
} from './stages/run.ts';
export type { RunDataReport } from './train/run-data.ts';
export { describeRun } from './train/describe.ts';
export type { PlanOptions } from './train/plan-run.ts';
export { evaluate, type EvaluateJobOptions } from './evaluate.ts';
export type { EvaluateSummary } from './evaluation/measure-recipe.ts';
export type { WrittenAnswer } from './evaluation/examples.ts';
export { chat, generate, type ChatOptions, type GenerateJobOptions } from './generate.ts';
export type { Chat } from './answer.ts';
export { convertData, type DataConversion } from './data/convert.ts';
export type { DataOptions } from './data/open-data.ts';
export { previewData, type Preview } from './data/preview.ts';
export { dataStatistics } from './data/statistics.ts';
export { validateData, type DataValidation, type InvalidRow } from './data/validate.ts';
export { report, type ReportOptions, type ReportSummary } from './report.ts';
export { merge, type MergeOptions, type MergeSummary } from './merge.ts';
export { init, type Initialized } from './init/init.ts';
export { list, type Listed } from './list.ts';
export { doctor, type Doctor, type DoctorDevice } from './doctor.ts';
export { exportGguf, type ExportOptions, type ExportSummary } from './export.ts';
export { exportOnnx, type ExportOnnxOptions, type ExportOnnxSummary } from './export-onnx.ts';
export {
  learnTokenizer,
  type LearnTokenizerOptions,
  type LearnTokenizerSummary,
} from './learn-tokenizer.ts';
export { inspectWeights, type InspectOptions, type InspectSummary } from './inspect.ts';
export { computeLogits, type LogitsOptions } from './logits.ts';

export { readRecipe, type ReadRecipe } from './recipe/read.ts';
export { builtInMethods, pluginKinds } from './plugins/built-in.ts';
export { nodePlugins as builtInPlugins } from './plugins/node-plugins.ts';
export { loadPlugins } from './plugins/load.ts';
export type { ModelOptions } from './open-session.ts';
export type { Warning, WorkListener } from './session.ts';

export { readEvents } from './run/event-log.ts';
export type { FolderOptions } from './run/check-folder.ts';
export { runFolder, type RunFolder } from './run/folder.ts';
export { renderReport } from '@tunesmith/report';
export type {
  ReportAnswer,
  ReportData,
  ReportedData,
  ReportedRun,
  ReportExample,
  TaskScore,
} from '@tunesmith/report';

export { contains } from './metrics/contains.ts';
export { exactMatch, exactMatchStrict } from './metrics/exact-match.ts';
export { builtInMetrics } from './metrics/built-in.ts';
export { normalizations, type Normalization } from './metrics/normalize.ts';
export { rougeL } from './metrics/rouge-l.ts';
export { tokenF1 } from './metrics/token-f1.ts';

export { bootstrapInterval, type BootstrapOptions } from './statistics/bootstrap.ts';
export {
  meanInterval,
  ratioInterval,
  wilsonInterval,
  type Estimate,
  type RatioPart,
} from './statistics/intervals.ts';
export { studentQuantile } from './statistics/student.ts';

export { instanceTasks, type InstanceTasksOptions } from './tasks/instance-tasks.ts';
export {
  measuredSets,
  type LabeledTokens,
  type MeasuredSets,
  type MeasuredSetsOptions,
} from './tasks/measured-sets.ts';

export {
  compare,
  fewestInstances,
  type Comparison,
  type GroupChange,
  type ScoreChange,
} from './harness/compare.ts';
export { evaluate, type EvaluateEvent, type EvaluateOptions } from './harness/evaluate.ts';
export type { Measure, Observation } from './harness/measures.ts';
export type {
  EvaluatedModel,
  Likelihood,
  LikelihoodRequest,
  MeasuringObjective,
  ObjectiveMeasurement,
} from './harness/model.ts';
export { createPromptEncoder, type PromptEncoder } from './harness/prompt.ts';
export type { Evaluation, GroupResult, InstanceResult } from './harness/results.ts';

export { chanceOf } from './harness/chance.ts';
export { primaryMeasure } from './harness/primary-measure.ts';
export { isUnseen } from './harness/unseen.ts';
export { layOut, type Block } from './report/columns.ts';
export {
  changeColumns,
  changeRow,
  formatScore,
  renderComparison,
  renderEvaluation,
  type TableOptions,
} from './report/table.ts';

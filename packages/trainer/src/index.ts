export { scoreRecords, type ScoredRecord, type ScoreOptions } from './run/score.ts';
export { openTraining, train, type Training } from './run/train.ts';
export {
  createExampleMeasurer,
  type ExampleMeasure,
  type ExampleMeasurer,
} from './run/measure-examples.ts';
export { resolveTraining } from './run/options.ts';
export type {
  CompleteTraining,
  EvaluationContext,
  EvaluationOutcome,
  EvaluationPlan,
  Measurement,
  TrainingData,
  TrainingInput,
  TrainingRules,
  TrainOptions,
  TrainResult,
} from './run/options.ts';

export { UNSUPERVISED } from './data/rows.ts';
export type {
  DataFingerprint,
  Example,
  ExampleSize,
  LabeledExample,
  Row,
  RowLengths,
  RowSource,
  TokenSequence,
} from './data/rows.ts';
export { tokenizeRecord } from './data/tokenize.ts';
export type {
  Noticed,
  TokenizationNote,
  TokenizedExample,
  TokenizeOptions,
  WrittenControlTokens,
} from './data/tokenize.ts';
export { prepareData, tokenizeCounted } from './data/prepare.ts';
export type { PrepareOptions, PreparedData } from './data/prepare.ts';
export {
  encodeHere,
  type EncodedRecord,
  type Encoding,
  type RecordEncoder,
} from './data/encoding.ts';
export type { EncodingBlock } from './data/encoding-block.ts';
export { emptyReport, findings } from './data/report.ts';
export type { TokenReport, Tally } from './data/report.ts';
export { layDocuments, noVirtualTokens } from './data/documents.ts';
export type { VirtualTokenCounts } from './data/documents.ts';
export { rowSource } from './data/row-source.ts';
export { firstFit, pack, packPairs, separate } from './data/pack.ts';
export type { RowLayout } from './data/pack.ts';
export { epochOrder } from './data/order.ts';
export { collateTargets, collateTokens } from './data/collate.ts';
export type { BatchShape, CollatedTargets, CollatedTokens, MicroBatch } from './data/collate.ts';
export { formatPreview, previewRows } from './data/preview.ts';
export type { PreviewDocument, PreviewSegment } from './data/preview.ts';

export {
  forward,
  routerSums,
  withRouters,
  type Forwarded,
  type RouterShare,
} from './objectives/forward.ts';
export { tokenLoss } from './objectives/token-loss.ts';
export { meansOf, objectiveKind } from './objectives/objective.ts';
export type {
  BatchDraw,
  BatchLoss,
  LossScope,
  Objective,
  ObjectiveContext,
  ObjectivePlugin,
  Scoring,
} from './objectives/objective.ts';
export { completeObjective, createObjective, objectives } from './objectives/plugins.ts';
export type { CompleteObjective } from './objectives/plugins.ts';
export { causalLm } from './objectives/causal-lm/causal-lm.ts';
export { choice } from './objectives/choice/choice.ts';
export { classification } from './objectives/classification/classification.ts';
export { distillation } from './objectives/distillation/distillation.ts';
export { maskedLm } from './objectives/masked-lm/masked-lm.ts';
export { seq2seq, tokenizePair, type PairExample } from './objectives/seq2seq/seq2seq.ts';

export { chain, optimizerFrom } from './optimize/optimizer.ts';
export type { Optimizer, Scalars, ScalarTensors, Specs, Transform } from './optimize/optimizer.ts';
export { scaleByAdam } from './optimize/adam.ts';
export { scaleByMomentum } from './optimize/momentum.ts';
export { decayWeights } from './optimize/decay.ts';
export { decayOptions, learningRateOption, warmupOption } from './optimize/settings.ts';
export { clipByNorm, globalNorm } from './optimize/clip.ts';
export { adalomo, scaleByFactoredMoments, scaleByOwnSize } from './optimize/adalomo.ts';
export { clipEach, lomo } from './optimize/lomo.ts';
export { adamw, optimizerKind, optimizers, sgd } from './optimize/plugins.ts';
export type { OptimizerPlugin } from './optimize/plugins.ts';
export {
  constantSchedule,
  cosineSchedule,
  linearSchedule,
  scheduleKind,
  schedules,
} from './optimize/schedule.ts';
export type { Schedule, ScheduleFunction } from './optimize/schedule.ts';

export { adapterTrainable, fullTrainable } from './step/trainable.ts';
export type { StepModel, Trainable } from './step/trainable.ts';
export { createRunner } from './step/runner.ts';
export type { BatchMeasure, StepInputs, StepOutcome, StepRunner } from './step/runner.ts';
export type { StepSettings } from './step/functions.ts';

export { memoryCheckpoints } from './checkpoint/memory-checkpoints.ts';
export type { BestSoFar, Checkpoint, Progress } from './checkpoint/checkpoint.ts';
export { requireSameRun } from './checkpoint/fingerprint.ts';
export type { Continuation, Json, RunDescription } from './checkpoint/fingerprint.ts';
export type { CheckpointStore, Resumption } from './checkpoint/store.ts';

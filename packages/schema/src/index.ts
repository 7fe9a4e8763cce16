export { TunesmithError, type TunesmithErrorDetails } from './errors/tunesmith-error.ts';
export { carriedError, type CarriedError } from './errors/carried.ts';
export { nearest, unknownName } from './errors/nearest.ts';
export { fromSystem, systemReason } from './errors/system-error.ts';

export type { FileContent, Files, FileState, WriteBytes } from './files/files.ts';
export { blobFiles, directoryFiles } from './files/directory-files.ts';
export { filesBelow } from './files/files-below.ts';
export { httpFiles, type HttpFilesOptions } from './files/http-files.ts';
export { memoryFiles } from './files/memory-files.ts';
export { readBytes, readText } from './files/read.ts';

export { createSha256, sha256, type Sha256 } from './hash/sha256.ts';

export { printable } from './text/printable.ts';

export { createRandom, type Random } from './random/random.ts';
export { mulberry32, sfc32, xoshiro128, type RandomSource } from './random/generators.ts';
export { fillNormal, normalSource } from './random/normal.ts';
export { permutation, sampleIndices, shuffled, shuffleStream } from './random/shuffle.ts';
export { hash32, integerBelow } from './random/counter.ts';
export { hashText, stableFraction, stableHash } from './random/hash.ts';

export type { JSONSchema } from './validation/json-schema.ts';
export { describeSchema, showValue } from './validation/describe.ts';
export { dottedPath, type Problem } from './validation/problems.ts';
export { findProblems, invalid, validate, type ValidationContext } from './validation/validate.ts';
export { prototypeKeys } from './validation/prototype-keys.ts';
export { withDefaults } from './validation/defaults.ts';

export { metaSchema, type Meta } from './records/meta.ts';
export { instanceSchema, type Instance } from './records/instance.ts';
export {
  conversationSchema,
  type Conversation,
  type Message,
  type Part,
} from './records/conversation.ts';
export { growingNumbers } from './records/growing-numbers.ts';
export { isPackable, packed, unpacked } from './records/packed.ts';
export type { GrowingList, Listed } from './records/listed.ts';
export { answerChoices } from './records/choices.ts';
export { phrase, phraseChoices, phraseWays } from './records/phrase.ts';
export { tokenizedSchema, type Tokenized } from './records/tokenized.ts';
export {
  isConversation,
  isInstance,
  isTokenized,
  validateRecord,
  type DataRecord,
} from './records/data-record.ts';

export {
  completeModel,
  recipeSchema,
  resolveRecipe,
  type RecipeContext,
  type Recipe,
  type RecipeInput,
} from './recipe/recipe.ts';
export { clashingAdapters, type AdapterClash } from './recipe/adapter-names.ts';
export { mentionSchema } from './recipe/mention.ts';
export { expandStages, type ExpandedStages } from './recipe/each.ts';
export { isSeveral, listOf, type OneOrSeveral } from './recipe/several.ts';
export type { ModelRecipe } from './recipe/model.ts';
export { stageJobs, type StageJobName } from './recipe/stage-jobs.ts';
export type { StageRecipe } from './recipe/stages.ts';
export type { StageBudget } from './recipe/asking.ts';
export type { Mixing } from './recipe/mixing.ts';
export type { DataEntry, EntryTemplates, FileEntry, SourceEntry } from './recipe/data.ts';
export type { TrainingRecipe } from './recipe/training.ts';
export type { EvaluationRecipe } from './recipe/evaluation.ts';

export {
  runEventSchema,
  type EvaluationEvent,
  type FileRecord,
  type RunEvent,
  type Score,
  type StepEvent,
} from './run/run-event.ts';

export type { Reference } from './plugins/reference.ts';
// All of it, so that other packages can add to PluginContracts by declaration merging.
export * from './plugins/contract.ts';
export {
  definePluginKind,
  upgradeManifest,
  wordsOf,
  type PluginKindDefinition,
  type PluginMembers,
  type Upgrade,
} from './plugins/kind.ts';
export { acceptPlugin } from './plugins/accept.ts';
export { findNamed, requireDistinctNames, type LookUp } from './plugins/look-up.ts';
export {
  choosePlugin,
  completeOptions,
  describeOptions,
  labelOf,
  mentionOf,
  partsOf,
  settle,
  type Chosen,
  type DescribedOption,
  type Mention,
} from './plugins/mention.ts';
export { createRegistry, type Registry } from './plugins/registry.ts';
export { pluginManifestSchema } from './plugins/manifest.ts';
export {
  dataSourceKind,
  datasetAdapterKind,
  evaluationTaskKind,
  metricKind,
  promptTemplateKind,
} from './plugins/data-kinds.ts';
export type {
  DatasetAdapter,
  DataSource,
  EvaluationTask,
  Metric,
  PromptTemplate,
  RowContext,
  WriteContext,
} from './plugins/data-contracts.ts';
export {
  chatModelKind,
  type ChatModel,
  type ChatModelPlugin,
  type ChatResponse,
  type ResponseAnswer,
  type ResponseOptions,
} from './plugins/chat-model.ts';
export {
  lostWorkerOptions,
  queueKind,
  type JobEnd,
  type JobQueue,
  type JobResult,
  type QueuedJob,
  type QueuePlugin,
  type WorkOptions,
} from './plugins/job-queue.ts';
export {
  dataFilterKind,
  type DataFilter,
  type FilterContext,
  type FilterVerdict,
  type ScoredText,
  type ScoringModel,
  type TextLoss,
} from './plugins/data-filter.ts';
export { schemaFiles } from './schema-files.ts';

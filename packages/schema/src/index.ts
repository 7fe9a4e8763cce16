export { TunesmithError, type TunesmithErrorDetails } from './errors/tunesmith-error.ts';
export { nearest, unknownName } from './errors/nearest.ts';
export { fromSystem, systemReason } from './errors/system-error.ts';

export { printable } from './text/printable.ts';

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
export { phrase } from './records/phrase.ts';
export { tokenizedSchema, type Tokenized } from './records/tokenized.ts';
export {
  isConversation,
  isInstance,
  isTokenized,
  validateRecord,
  type DataRecord,
} from './records/data-record.ts';

export {
  recipeSchema,
  resolveRecipe,
  type MethodRecipe,
  type ObjectiveRecipe,
  type Recipe,
  type RecipeInput,
} from './recipe/recipe.ts';
export type { DataEntry, FileEntry, SourceEntry } from './recipe/data.ts';
export type { OptimizerRecipe, ScheduleRecipe, TrainingRecipe } from './recipe/training.ts';
export type { EvaluationRecipe } from './recipe/evaluation.ts';

export {
  runEventSchema,
  type EvaluationEvent,
  type RunEvent,
  type Score,
  type StepEvent,
} from './run/run-event.ts';

export type { Reference } from './plugins/reference.ts';
export {
  definePlugin,
  pluginKinds,
  pluginManifestSchema,
  type Plugin,
  type PluginKind,
  type PluginManifest,
} from './plugins/manifest.ts';
export type {
  DatasetAdapter,
  DataSource,
  EvaluationTask,
  Metric,
  PromptTemplate,
} from './plugins/data-contracts.ts';
export { schemaFiles } from './schema-files.ts';

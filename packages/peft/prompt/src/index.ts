export { prompt } from './prompt/method.ts';
export { promptConfigSchema, type PromptConfig } from './prompt/config.ts';
export { prefixTuning } from './prefix/method.ts';
export { prefixConfigSchema, type PrefixConfig } from './prefix/config.ts';
export { pTuning } from './p-tuning/method.ts';
export { pTuningConfigSchema, type PTuningConfig } from './p-tuning/config.ts';
export { multiTaskPromptTuning } from './multi-task/method.ts';
export {
  multiTaskConfigSchema,
  type MultiTaskConfig,
  type MultiTaskTensors,
} from './multi-task/config.ts';
export { cloze } from './cloze/template.ts';
export { readClozeTask, type ClozePattern, type CompiledTask } from './cloze/read.ts';
export { clozeTaskSchema, type ClozeTask } from './cloze/task.ts';
export type { Piece } from './cloze/text.ts';
export { clozeTasks } from './cloze/published/index.ts';

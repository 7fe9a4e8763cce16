export { methodKind } from './contract.ts';
export type {
  Activations,
  Adapter,
  Artifact,
  Artifacts,
  AdapterFiles,
  AdapterFormat,
  AdapterLayout,
  GenerateScope,
  HookScope,
  LayoutFiles,
  SequenceSite,
  Merged,
  MergeScope,
  PeftMethod,
  PrepareContext,
  ReadAdapter,
  Updated,
  UpdateScope,
} from './contract.ts';
export type {
  Init,
  InitContext,
  Plan,
  PlannedState,
  PlannedTensor,
  VirtualTokens,
} from './plan.ts';
export { adapterLogits, promptedBatch, promptedFeeds, scopeOf } from './adapter-logits.ts';
export { createArtifacts, noArtifacts } from './artifacts.ts';
export {
  combineAdapters,
  combineRules,
  type CombineOptions,
  type CombineRule,
} from './combine-adapters.ts';
export { composeAfterUpdate, plannedStates, type AfterUpdate } from './compose-update.ts';
export { baseRecordFile, type AdapterWarning } from './base-record.ts';
export { checkAdapterName, completeConfig, createAdapter } from './create-adapter.ts';
export { chosenByRecord, chosenName } from './by-record.ts';
export {
  composeGenerated,
  composeHooks,
  composePenalty,
  type AdapterSwitch,
} from './compose-hooks.ts';
export { loadAdapter } from './load-adapter.ts';
export { exportAdapter } from './layout.ts';
export { ownFormat } from './own-format.ts';
export { matchTensors, type ExpectedTensor } from './match-tensors.ts';
export {
  checkStored,
  largestDifference,
  mergeAdapter,
  mergeAdapters,
  mergeTolerance,
  typicalDifference,
  type MergedModel,
} from './merge-adapter.ts';
export { baseShape } from './base-names.ts';
export {
  adapterFeeds,
  feedName,
  learningRates,
  parameterCount,
  recordInputs,
  trainableFeeds,
  virtualTokens,
  withFeeds,
} from './parameters.ts';
export {
  isOfModules,
  modulesToSave,
  presentModules,
  savedModules,
  peftBaseConfig,
  peftPrefix,
  peftTensorFile,
  peftVersion,
  refuseUnknownOptions,
} from './peft-files.ts';
export { pythonFloat, pythonJson, type PythonFloat } from './python-json.ts';
export {
  configFile as adapterConfigFile,
  saveAdapter,
  trainingFile as adapterTrainingFile,
  type SaveAdapterOptions,
} from './write-adapter.ts';
export {
  endingsOfRoles,
  linearEndings,
  lookupPattern,
  matchesName,
  selectLinearSites,
  selectWeightSites,
  sortedPattern,
  type TargetChoice,
  type WeightSite,
} from './targets.ts';

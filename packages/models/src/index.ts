export {
  type AttentionSite,
  type EmbedSite,
  type LinearSite,
  type NormSite,
  type Site,
  type SublayerSite,
} from './sites.ts';
export { noHooks, type AttentionPrefix, type Hooks, type HooksFactory } from './hooks.ts';
export {
  type Architecture,
  type Batch,
  type ForwardResult,
  type Model,
  type ModelSpec,
  type PastLayer,
} from './model.ts';
export {
  elementBytes,
  toHostTensor,
  type SafetensorsArrays,
  type SafetensorsTensor,
  type SafetensorsType,
} from './safetensors/format.ts';
export {
  bfloat16ToFloat32,
  float16ToFloat32,
  float32ToBfloat16,
  float32ToFloat16,
  roundToHalf,
} from './safetensors/half.ts';
export { type SafetensorsEntry } from './safetensors/header.ts';
export {
  openSafetensors,
  readSafetensors,
  readWeights,
  type SafetensorsFile,
} from './safetensors/read.ts';
export { writeSafetensors, type FloatingType, type PendingTensor } from './safetensors/write.ts';
export { writeFileAtomically, type WriteBytes } from './safetensors/atomic.ts';
export { architectures, findArchitecture } from './architectures/registry.ts';
export { llama } from './architectures/llama.ts';
export { gpt2 } from './architectures/gpt2.ts';
export { createScope, type Normalize, type Scope } from './forward/scope.ts';
export { attend, splitHeads, visibility } from './forward/heads.ts';
export {
  headLogits,
  headProjection,
  isHeadHooked,
  logits,
  type HeadProjection,
} from './forward/head.ts';
export {
  readEveryWeight,
  weightPieces,
  type WeightSpec,
  type WeightStore,
} from './weights/store.ts';
export { memoryWeights } from './weights/memory.ts';
export { overlayWeights, type ComputedWeight } from './weights/overlay.ts';
export { placeModel, type PlacedModel, type Precision } from './weights/place.ts';
export { loadModel } from './checkpoint/load.ts';
export {
  decisiveConfiguration,
  modelFingerprint,
  tensorsDigest,
  weightsDigest,
} from './checkpoint/fingerprint.ts';
export { isModelFile, saveModel, type SaveModelOptions } from './checkpoint/save.ts';
export { initializeParameters, type InitializeOptions } from './checkpoint/initialize.ts';
export { createRandom, fillNormal, type RandomSource } from './random.ts';
export {
  compilePattern,
  type Pattern,
  type PatternDialect,
  type PatternMatch,
  type PatternOptions,
} from './patterns/pattern.ts';
export { type Tokenizer } from './tokenizer/tokenizer.ts';
export { createTokenizer, type TokenizerFiles } from './tokenizer/create.ts';
export { loadTokenizer } from './tokenizer/load.ts';
export {
  chatmlTemplate,
  chatTemplateOf,
  plainTemplate,
  type NamedTemplate,
} from './chat/default-templates.ts';
export { renderChat, type RenderChatOptions, type RenderedChat } from './chat/render.ts';
export { type Span } from './chat/spans.ts';
export { controlTokensIn } from './chat/control-tokens.ts';
export { encodeSpans, type EncodedSpans } from './chat/encode.ts';
export { inspectChatTemplate, type ChatTemplateReport } from './chat/inspect.ts';
export {
  createLanguageModel,
  type LanguageModel,
  type LanguageModelOptions,
} from './language-model/language-model.ts';
export { type BoundModelOptions } from './language-model/bound.ts';
export { bucketLength } from './language-model/buckets.ts';
export { noVirtualTokens, type VirtualTokens } from './language-model/layout.ts';
export {
  type LogLikelihood,
  type LogLikelihoodRequest,
  type ScoreRequests,
} from './language-model/log-likelihoods.ts';
export { type ComputeLogits } from './language-model/logits.ts';
export {
  type FinishReason,
  type GenerateOptions,
  type Generation,
  type GenerationPiece,
  type Prompt,
} from './generation/options.ts';
export { type GenerationDefaults } from './generation/defaults.ts';
export { type SamplingOptions } from './generation/sample.ts';
export { int8Precision, int8Sites, int8Weight } from './weights/int8.ts';
export type { Int8Options } from './weights/int8.ts';
export type { CalibrationRow } from './weights/smoothing.ts';
export { smoothingOf } from './weights/smoothing.ts';

export {
  type AttentionSite,
  type BlockPlace,
  type EmbedSite,
  type LinearRole,
  type LinearSite,
  type NormSite,
  type Site,
  type SublayerSite,
} from './sites.ts';
export {
  batchInputs,
  lineLength,
  readRecordInput,
  recordInputFeed,
  recordInputFeeds,
  type BatchInputs,
  type RecordInput,
  type RecordMeta,
} from './record-inputs.ts';
export { joinRows } from './forward/pass.ts';
export { encodeTexts, type EncodedTexts } from './forward/encode-texts.ts';
export {
  noHooks,
  type GeneratedFactory,
  type AttentionPrefix,
  type DocumentPrefix,
  type Hooks,
  type HooksFactory,
  type SublayerCall,
} from './hooks.ts';
export {
  architectureKind,
  type Architecture,
  type Batch,
  type CacheColumns,
  type CacheDeclaration,
  type CachedHeads,
  type Caches,
  type EmbeddingRows,
  type ForwardResult,
  type HeadKind,
  type Model,
  type ModelSpec,
  type TensorDeclaration,
  type TokenSequence,
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
export { architectures, findArchitecture } from './architectures/registry.ts';
export { llama } from './architectures/llama/llama.ts';
export { gpt2 } from './architectures/gpt2/gpt2.ts';
export { gptNeox } from './architectures/gpt-neox/gpt-neox.ts';
export { opt } from './architectures/opt/opt.ts';
export { bloom } from './architectures/bloom/bloom.ts';
export { falcon } from './architectures/falcon/falcon.ts';
export { bert } from './architectures/bert/bert.ts';
export { roberta } from './architectures/roberta/roberta.ts';
export { distilbert } from './architectures/distilbert/distilbert.ts';
export { t5 } from './architectures/t5/t5.ts';
export { bart } from './architectures/bart/bart.ts';
export { qwen3 } from './architectures/qwen3/qwen3.ts';
export { qwen3Moe } from './architectures/qwen3-moe/qwen3-moe.ts';
export { mixtral } from './architectures/mixtral/mixtral.ts';
export { gemma } from './architectures/gemma/gemma.ts';
export { gemma2 } from './architectures/gemma2/gemma2.ts';
export { gemma3 } from './architectures/gemma3/gemma3.ts';
export { phi3 } from './architectures/phi3/phi3.ts';
export { smollm3 } from './architectures/smollm3/smollm3.ts';
export { olmo2 } from './architectures/olmo2/olmo2.ts';
export { granite } from './architectures/granite/granite.ts';
export { starcoder2 } from './architectures/starcoder2/starcoder2.ts';
export { cohere } from './architectures/cohere/cohere.ts';
export {
  createSpecBuilder,
  memoize,
  type NormDescription,
  type SpecBuilder,
} from './architectures/builder.ts';
export {
  buildAttention,
  buildFeedForward,
  gatedNames,
  type AttentionDescription,
  type FeedForwardDescription,
} from './architectures/layers.ts';
export {
  readConfiguration,
  refuseUnsupportedSettings,
  type ConfigurationReader,
} from './configuration/reader.ts';
export { classifiedToken, shiftedRight } from './language-model/classified-token.ts';
export { isOfClass, readClass, readLabels } from './configuration/labels.ts';
export { readRotary, type RotaryDescription, type RotarySettings } from './configuration/rotary.ts';
export {
  readHeads,
  readLayerTypes,
  type HeadSizes,
  type LayerType,
} from './configuration/sizes.ts';
export { activate, activateGate, readActivation, type Activation } from './forward/activation.ts';
export { createScope, type Scope, type ScopeOptions } from './forward/scope.ts';
export { openPass, type Pass } from './forward/pass.ts';
export {
  attend,
  type AttendOptions,
  type HeadTensors,
  type PrefixedHeads,
} from './forward/attend.ts';
export { visibilityOf, type Visibility } from './forward/visibility.ts';
export {
  attentionLayer,
  splitHeads,
  type AttentionCall,
  type AttentionLayer,
  type AttentionMaps,
} from './forward/attention-layer.ts';
export {
  feedForwardInner,
  feedForwardLayer,
  type FeedForwardLayer,
  type FeedForwardMaps,
} from './forward/feed-forward-layer.ts';
export { runSteps, type ParallelSteps, type Step, type StepNorms } from './forward/steps.ts';
export {
  createHead,
  logits,
  type Head,
  type HeadProjection,
  type HeadSettings,
} from './forward/head.ts';
export {
  readEveryWeight,
  weightPieces,
  type WeightSpec,
  type WeightStore,
} from './weights/store.ts';
export { encodedBytes, type EncodedTensor, type Encoding } from './weights/encoding.ts';
export { blocksPrecision } from './weights/blocks-precision.ts';
export { encodedWeights } from './weights/encoded.ts';
export { floatWeight } from './weights/float-weight.ts';
export { bfloat16, float16, float32 } from './weights/float-encodings.ts';
export { int8Columns } from './weights/int8-columns.ts';
export { nf4 } from './weights/nf4.ts';
export { nf4Precision } from './weights/nf4-precision.ts';
export { memoryWeights } from './weights/memory.ts';
export { overlayWeights, type ComputedWeight } from './weights/overlay.ts';
export {
  placeModel,
  type PlacedModel,
  type Precision,
  type PrecisionName,
} from './weights/place.ts';
export { copiedBytes, placedBytes } from './weights/placed-bytes.ts';
export { decodingBytes } from './generation/side-by-side.ts';
export { loadModel, type LoadOptions } from './checkpoint/load.ts';
export { modelFolder } from './checkpoint/folder.ts';
export {
  openStoredTensors,
  type StoredTensor,
  type StoredTensors,
} from './checkpoint/stored-tensors.ts';
export { ggufFolder, type GgufFolder } from './gguf/folder.ts';
export { openGguf, type GgufFile } from './gguf/open.ts';
export type { GgufOrigin } from './gguf/write/origin-metadata.ts';
export { saveGguf, type SaveGgufOptions } from './gguf/write/save-gguf.ts';
export { saveGgufLora, type PeftFiles } from './gguf/write/save-lora.ts';
export { type GgufEncoding } from './gguf/write/model-tensors.ts';
export { saveOnnx, type SaveOnnxOptions } from './onnx/save-onnx.ts';
export { type OnnxEncoding } from './onnx/place-weights.ts';
export { type GgufHeader, type GgufTensor } from './gguf/header.ts';
export { type GgufNumbers, type GgufValue } from './gguf/metadata-values.ts';
export { type BlockType, type DecodeBlocks } from './gguf/blocks/block-types.ts';
export { type WeightFile } from './weights/weight-file.ts';
export { type LabelHeadOptions } from './checkpoint/label-head.ts';
export { retied } from './checkpoint/tying.ts';
export {
  decisiveConfiguration,
  modelFingerprint,
  tensorsDigest,
  weightsDigest,
} from './checkpoint/fingerprint.ts';
export { isModelFile, saveModel, type SaveModelOptions } from './checkpoint/save.ts';
export { initializeParameters, type InitializeOptions } from './checkpoint/initialize.ts';
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
export { trainBpe, type BpeTraining } from './tokenizer/train-bpe.ts';
export {
  chatmlTemplate,
  chatTemplateOf,
  plainTemplate,
  textTemplate,
  type NamedTemplate,
} from './chat/default-templates.ts';
export { renderChat, type RenderChatOptions, type RenderedChat } from './chat/render.ts';
export { renderUnfinished } from './chat/unfinished.ts';
export { type Span } from './chat/spans.ts';
export { controlTokensIn } from './chat/control-tokens.ts';
export { encodeSpans, type EncodedSpans } from './chat/encode.ts';
export { inspectChatTemplate, type ChatTemplateReport } from './chat/inspect.ts';
export {
  createLanguageModel,
  type LanguageModel,
  type LanguageModelOptions,
} from './language-model/language-model.ts';
export { createMeanStates, type MeanStates } from './language-model/mean-states.ts';
export { type BoundModelOptions } from './language-model/bound.ts';
export { bucketLength } from './language-model/buckets.ts';
export { noVirtualTokens, type VirtualTokens } from './language-model/layout.ts';
export {
  type LogLikelihood,
  type LogLikelihoodRequest,
  type ScoreRequests,
} from './language-model/log-likelihoods.ts';
export { type ComputeLogits, type LogitsOptions } from './language-model/logits.ts';
export {
  type FinishReason,
  type GenerateOptions,
  type Generation,
  type GenerationPiece,
  type Prompt,
} from './generation/options.ts';
export { type GenerationDefaults } from './generation/defaults.ts';
export { type SamplingOptions } from './generation/warpers.ts';
export { type ScoreOptions } from './generation/processors.ts';
export { type BeamOptions } from './generation/beam-options.ts';
export { type LikelyToken, type TokenLogProbability } from './generation/log-probabilities.ts';
export { type OutputOptions } from './generation/output/output.ts';
export { type JsonSchema } from './generation/output/json-schema/json-schema.ts';
export { int8Precision, int8Sites, int8Weight } from './weights/int8.ts';
export type { Int8Options } from './weights/int8.ts';
export type { CalibrationRow } from './weights/smoothing.ts';
export { smoothingOf } from './weights/smoothing.ts';
export { linearInputs } from './weights/linear-inputs.ts';

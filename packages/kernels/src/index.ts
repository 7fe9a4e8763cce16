export { gelu, mish, quickGelu, relu, reluSquared, silu, tanh } from './activation/index.ts';
export type { GeluApproximation } from './activation/index.ts';
export { attention } from './attention/index.ts';
export type { AttentionInputs, AttentionSees, PrefixInputs } from './attention/index.ts';
export { blockEmbedding, blockLength, blockLinear, blocksDecoded } from './block-linear/index.ts';
export type { BlockMatrix } from './block-linear/index.ts';
export { cachedAttention } from './cached-attention/index.ts';
export type { CachedAttentionInputs } from './cached-attention/index.ts';
export { crossEntropy, scoreTokens, tokenLogProbabilities } from './cross-entropy/index.ts';
export type { Projection } from './cross-entropy/index.ts';
export { distillationLoss } from './distillation/index.ts';
export type { TeacherLogits, VocabularyHead } from './distillation/index.ts';
export { embedding } from './embedding/index.ts';
export { experts, loadBalancingLoss, route } from './experts/index.ts';
export type { Expert, RouterDecision, Routing } from './experts/index.ts';
export { geglu } from './geglu/index.ts';
export { int8Linear } from './int8-linear/index.ts';
export type { Int8LinearMap, Int8Matrix, Int8Part } from './int8-linear/index.ts';
export { columnScale, quantizeColumns, quantizeColumnsTwice } from './int8-linear/quantize.ts';
export { productSpeedup } from './int8-linear/probe.ts';
export { nf4Decoded, nf4Linear } from './nf4-linear/index.ts';
export type { Nf4Matrix } from './nf4-linear/index.ts';
export { nf4Block, nf4Codes, nf4NestedBlock } from './nf4-linear/codes.ts';
export { dynamicMap, nearestDynamic } from './nf4-linear/dynamic-map.ts';
export { layerNorm } from './layer-norm/index.ts';
export { linear } from './linear/index.ts';
export type { LinearLayout } from './linear/index.ts';
export { loraLinear } from './lora-linear/index.ts';
export { detached } from './own-gradient.ts';
export {
  alibiBias,
  alibiSlopes,
  relativeBucket,
  relativePositionBias,
} from './position-bias/index.ts';
export type { RelativeBuckets } from './position-bias/index.ts';
export { dropout, randomUniform } from './random/index.ts';
export { rmsNorm } from './rms-norm/index.ts';
export { rotary } from './rotary/index.ts';
export type { RotaryOptions, RotaryPairs } from './rotary/index.ts';
export { swiglu } from './swiglu/index.ts';

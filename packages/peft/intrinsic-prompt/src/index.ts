export { promptSubspace } from './subspace/method.ts';
export { subspaceConfigSchema, type SubspaceConfig } from './subspace/config.ts';
export { intrinsicPrompt } from './intrinsic/method.ts';
export { intrinsicConfigSchema, type IntrinsicConfig } from './intrinsic/config.ts';
export type { DecoderTensors } from './decoder.ts';
export { intrinsicDimension } from './dimension/method.ts';
export { dimensionConfigSchema, type DimensionConfig } from './dimension/config.ts';
export { smallestDimension, type Attempt } from './dimension/study.ts';

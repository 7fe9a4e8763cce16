export { alibiBias, alibiSlopes } from './alibi.ts';
export { relativeBucket, relativePositionBias } from './relative.ts';
export type { RelativeBuckets } from './relative.ts';

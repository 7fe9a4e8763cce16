export { stableFraction, stableHash } from './random/hash.ts';

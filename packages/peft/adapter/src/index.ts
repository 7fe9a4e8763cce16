export { adapter, parallelAdapter, pfeiffer } from './bottleneck/method.ts';
export { bottleneckConfigSchema, type BottleneckConfig } from './bottleneck/config.ts';
export { ia3 } from './ia3/method.ts';
export { ia3ConfigSchema, type Ia3Config } from './ia3/config.ts';
export { adapterFusion } from './fusion/method.ts';
export { fusionConfigSchema, type FusedAdapter, type FusionConfig } from './fusion/config.ts';

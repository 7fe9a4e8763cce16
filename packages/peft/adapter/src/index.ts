export { adapter } from './bottleneck/method.ts';
export { bottleneckConfigSchema, type BottleneckConfig } from './bottleneck/config.ts';
export { ia3 } from './ia3/method.ts';
export { ia3ConfigSchema, type Ia3Config } from './ia3/config.ts';

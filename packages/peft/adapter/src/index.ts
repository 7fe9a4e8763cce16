export { adapter } from './method.ts';
export { bottleneckConfigSchema, type BottleneckConfig } from './config.ts';

export { bitfit } from './method.ts';
export { bitfitConfigSchema, type BitfitConfig } from './config.ts';

export { hint } from './method.ts';
export { hintConfigSchema, type HintConfig } from './config.ts';

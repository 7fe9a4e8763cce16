export { prompt } from './method.ts';
export { promptConfigSchema, type PromptConfig } from './config.ts';

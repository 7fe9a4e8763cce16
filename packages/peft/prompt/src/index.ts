export { prompt } from './prompt/method.ts';
export { promptConfigSchema, type PromptConfig } from './prompt/config.ts';

export { lora } from './method.ts';
export { loraConfigSchema, type LoraConfig } from './config.ts';

export { lora } from './method.ts';
export { loraConfigSchema, type LoraConfig } from './config.ts';
export { adalora } from './adalora/method.ts';
export { adaloraConfigSchema, type AdaloraConfig } from './adalora/config.ts';
export { vera } from './vera/method.ts';
export { veraConfigSchema, type VeraConfig } from './vera/config.ts';

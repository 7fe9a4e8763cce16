export { bitfit } from './bitfit/method.ts';
export { bitfitConfigSchema, type BitfitConfig } from './bitfit/config.ts';
export { freeze } from './freeze/method.ts';
export { freezeConfigSchema, type FreezeConfig } from './freeze/config.ts';
export { layerNormTuning } from './layer-norm/method.ts';
export { layerNormConfigSchema, type LayerNormConfig } from './layer-norm/config.ts';

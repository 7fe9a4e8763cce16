export { type AttentionSite, type EmbedSite, type LinearSite, type NormSite, type Site, type SublayerSite } from './sites.ts';
export { noHooks, type AttentionPrefix, type Hooks, type HooksFactory } from './hooks.ts';
export { type Architecture, type Batch, type ForwardResult, type Model, type ModelSpec, type PastLayer } from './model.ts';

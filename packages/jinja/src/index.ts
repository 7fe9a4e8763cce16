export { compileJinja, type JinjaRenderOptions, type JinjaTemplate } from './render.ts';
export { chatLanguage, evaluationLanguage, promptsourceLanguage } from './presets.ts';
export type { Language, Trimming } from './language.ts';
export { stripText } from './text.ts';
export { JinjaError, type JinjaPlace, type JinjaReason } from './errors.ts';

export { createPlugin, type CreatedPlugin, type PluginOptions } from './create-plugin.ts';
export { templates } from './templates/templates.ts';
export type { PluginTemplate } from './templates/template.ts';

import { methodTemplate } from './method.ts';
import { metricTemplate } from './metric.ts';
import type { PluginTemplate } from './template.ts';

/** The kinds of plugin that a package can be written for. */
export const templates: Readonly<Record<string, PluginTemplate>> = {
  metric: metricTemplate,
  method: methodTemplate,
};

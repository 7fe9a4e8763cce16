import { adapter } from '@tunesmith/adapter';
import { bitfit } from '@tunesmith/bitfit';
import { builtinAdapters, builtinTemplates } from '@tunesmith/datasets';
import { builtInMetrics } from '@tunesmith/evaluation';
import { lora } from '@tunesmith/lora';
import { architectures } from '@tunesmith/models';
import { prompt } from '@tunesmith/prompt';
import { devices } from '@tunesmith/runtime';
import { definePlugin, type Plugin } from '@tunesmith/schema';
import { objectives, optimizers, schedules } from '@tunesmith/trainer';

/** Everything that ships with Tunesmith, as plugins like any other. */
export const builtInPlugins: readonly Plugin[] = [
  ...[lora, adapter, prompt, bitfit].map((method) => definePlugin('method', method)),
  ...builtinAdapters.map((format) => definePlugin('dataset-adapter', format)),
  ...builtinTemplates.map((template) => definePlugin('prompt-template', template)),
  ...builtInMetrics.map((metric) => definePlugin('metric', metric)),
  ...objectives.map((objective) => definePlugin('objective', objective)),
  ...optimizers.map((optimizer) => definePlugin('optimizer', optimizer)),
  ...schedules.map((schedule) => definePlugin('schedule', schedule)),
  ...architectures.map((architecture) => definePlugin('architecture', architecture)),
  ...devices.map((device) => definePlugin('device', device)),
];

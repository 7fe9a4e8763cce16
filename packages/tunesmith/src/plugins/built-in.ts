import { adapter, adapterFusion, ia3, parallelAdapter, pfeiffer } from '@tunesmith/adapter';
import { bitfit, freeze, layerNormTuning } from '@tunesmith/bitfit';
import { builtinAdapters, builtinFilters, builtinTemplates } from '@tunesmith/datasets';
import { builtInMetrics } from '@tunesmith/evaluation';
import { hint } from '@tunesmith/hint';
import { intrinsicDimension, intrinsicPrompt, promptSubspace } from '@tunesmith/intrinsic-prompt';
import { adalora, lora, vera } from '@tunesmith/lora';
import { architectureKind, architectures } from '@tunesmith/models';
import { methodKind } from '@tunesmith/peft';
import { cloze, multiTaskPromptTuning, prefixTuning, prompt, pTuning } from '@tunesmith/prompt';
import { deviceKind } from '@tunesmith/runtime';
import {
  chatModelKind,
  dataFilterKind,
  dataSourceKind,
  datasetAdapterKind,
  definePlugin,
  evaluationTaskKind,
  metricKind,
  promptTemplateKind,
  queueKind,
  type Plugin,
  type PluginKindDefinition,
} from '@tunesmith/schema';
import { builtInSynthesizers, openai, synthesizerKind } from '@tunesmith/synthesis';
import {
  objectiveKind,
  objectives,
  optimizerKind,
  optimizers,
  scheduleKind,
  schedules,
} from '@tunesmith/trainer';

/** Every kind of plugin that a recipe can name, each as the package that owns it declares it. */
export const pluginKinds: readonly PluginKindDefinition[] = [
  methodKind,
  datasetAdapterKind,
  dataSourceKind,
  dataFilterKind,
  promptTemplateKind,
  metricKind,
  evaluationTaskKind,
  chatModelKind,
  synthesizerKind,
  queueKind,
  objectiveKind,
  optimizerKind,
  scheduleKind,
  architectureKind,
  deviceKind,
];

/** The tuning methods that ship with Tunesmith. */
export const builtInMethods = [
  lora,
  adalora,
  vera,
  adapter,
  pfeiffer,
  parallelAdapter,
  adapterFusion,
  ia3,
  prompt,
  prefixTuning,
  pTuning,
  multiTaskPromptTuning,
  bitfit,
  layerNormTuning,
  freeze,
  promptSubspace,
  intrinsicPrompt,
  intrinsicDimension,
  hint,
] as const;

/** Everything that ships with Tunesmith but devices, as plugins like any other. */
export const builtInPlugins: readonly Plugin[] = [
  ...builtInMethods.map((method) => definePlugin('method', method)),
  ...builtinAdapters.map((format) => definePlugin('dataset-adapter', format)),
  ...builtinFilters.map((filter) => definePlugin('data-filter', filter)),
  ...[...builtinTemplates, cloze].map((template) => definePlugin('prompt-template', template)),
  ...builtInMetrics.map((metric) => definePlugin('metric', metric)),
  definePlugin('chat-model', openai),
  ...builtInSynthesizers.map((synthesizer) => definePlugin('synthesizer', synthesizer)),
  ...objectives.map((objective) => definePlugin('objective', objective)),
  ...optimizers.map((optimizer) => definePlugin('optimizer', optimizer)),
  ...schedules.map((schedule) => definePlugin('schedule', schedule)),
  ...architectures.map((architecture) => definePlugin('architecture', architecture)),
];

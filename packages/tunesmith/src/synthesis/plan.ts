import { createReport, type ReportRecorder } from '@tunesmith/datasets';
import { resolveRecipe, type ChatModel, type Registry, type StageRecipe } from '@tunesmith/schema';
import {
  planRequests,
  type PlannedRequests,
  type SynthesizeOptions,
  type Synthesizer,
} from '@tunesmith/synthesis';
import { collectData } from '../data/collect.ts';
import { recordsNear } from '../data/records-near.ts';
import { openRegistry } from '../open-session.ts';
import type { StageContext } from '../stages/jobs.ts';
import { completeRecipe } from '../train/complete.ts';

/** Seeds of a stage, and what writes from them. */
export interface SynthesisPlan {
  readonly synthesizer: Synthesizer;
  readonly options: Omit<SynthesizeOptions, 'models'>;
}

/** What a stage will ask, without asking: see `Synthesizer.plan`. */
export async function planOfStage(
  stage: StageRecipe,
  { plugins = [] }: Pick<StageContext, 'plugins'>,
): Promise<readonly PlannedRequests[]> {
  const registry = await openRegistry({ plugins, pluginNames: stage.plugins ?? [] });
  const { synthesizer, options } = await prepareSynthesis(stage, registry, createReport());
  const nobody: ChatModel = {
    name: 'nobody',
    respond: () => Promise.reject(new Error('a plan asks nobody')),
  };
  return planRequests(synthesizer, { ...options, models: nobody });
}

/** The synthesizer that a stage names, with its options. */
export function chosenSynthesizer(stage: StageRecipe, registry: Registry) {
  const { plugin, options } = registry.choose('synthesizer', stage.synthesizer!);
  return { synthesizer: plugin, options };
}

/** A stage's seeds, read, and everything that it says of the work but the models. */
export async function prepareSynthesis(
  stage: StageRecipe,
  registry: Registry,
  report: ReportRecorder,
): Promise<SynthesisPlan> {
  const { synthesizer, options } = chosenSynthesizer(stage, registry);
  const {
    data = [],
    seed = 0,
    plugins = [],
    prompts,
    at_once: atOnce,
    per_minute: perMinute,
  } = stage;
  const recipe = resolveRecipe(
    { model: '.', method: 'none', data, seed, plugins },
    { package: 'tunesmith', what: `recipe of stage "${stage.name}"` },
  );
  const complete = completeRecipe(recipe, {}, registry).recipe;
  const collected = await collectData(complete.data, {
    registry,
    template: registry.settled('prompt-template', complete.template),
    records: recordsNear(process.cwd()),
    seed,
  });
  return {
    synthesizer,
    options: {
      seeds: collected.train,
      options,
      seed,
      report,
      ...(prompts ? { prompts } : {}),
      ...(atOnce === undefined ? {} : { atOnce }),
      ...(perMinute === undefined ? {} : { perMinute }),
    },
  };
}

import type { ReportRecorder } from '@tunesmith/datasets';
import type { ChatModel, Registry, StageRecipe } from '@tunesmith/schema';
import {
  planRequests,
  type Ledger,
  type PlannedRequests,
  type SynthesizeOptions,
  type Synthesizer,
} from '@tunesmith/synthesis';
import { collectData } from '../data/collect.ts';
import { collectFiltered } from '../data/collect-filtered.ts';
import { recordsNear } from '../data/records-near.ts';
import { openRegistry } from '../open-session.ts';
import type { OpenJournal } from '../run/answers.ts';
import type { WorkListener } from '../session.ts';
import type { StageContext } from '../stages/jobs.ts';
import { readingRecipe } from '../stages/reading-recipe.ts';

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
  const { synthesizer, options } = await prepareSynthesis(stage, registry);
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

/** Where the seeds of a stage are filtered and counted. */
export interface SeedWork {
  readonly report: ReportRecorder;
  /** Counts what filters ask, under the cap of all that the stage asks. */
  readonly ledger: Ledger;
  readonly onWork?: WorkListener | undefined;
  /** Opens where answers are kept that filters ask. */
  readonly openJournal?: OpenJournal;
}

/**
 * A stage's seeds, read and filtered, and everything that it says of the work but the models.
 *
 * @param work absent where nobody may be asked: the seeds are then those that filters would see
 */
export async function prepareSynthesis(
  stage: StageRecipe,
  registry: Registry,
  work?: SeedWork,
): Promise<SynthesisPlan> {
  const { synthesizer, options } = chosenSynthesizer(stage, registry);
  const { seed = 0, prompts, at_once: atOnce, per_minute: perMinute } = stage;
  const recipe = readingRecipe(stage, registry);
  const sources = {
    registry,
    template: registry.settled('prompt-template', recipe.template),
    records: recordsNear(process.cwd()),
    directory: process.cwd(),
  };
  const collected = await (work
    ? collectFiltered(recipe, { ...sources, ...work })
    : collectData(recipe.data, { ...sources, seed }));
  return {
    synthesizer,
    options: {
      seeds: [...collected.train],
      options,
      seed,
      report: collected.report,
      ...(prompts ? { prompts } : {}),
      ...(atOnce === undefined ? {} : { atOnce }),
      ...(perMinute === undefined ? {} : { perMinute }),
    },
  };
}

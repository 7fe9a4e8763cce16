import type { Plugin, RecipeInput } from '@tunesmith/schema';
import { collectFiltered } from '../data/collect-filtered.ts';
import { recordsNear } from '../data/records-near.ts';
import { openSpilling, type Spilling } from '../data/spilling.ts';
import { openSession } from '../open-session.ts';
import { answersOfRun } from '../run/answers.ts';
import type { FolderOptions, RunIntent } from '../run/check-folder.ts';
import { smoothingName } from '../run/smoothing-file.ts';
import type { WorkListener } from '../session.ts';
import { encoderOpener } from './encoder.ts';
import { adaptersKept, writesOf } from './intent.ts';
import { labelHeadOf, withLabels } from './labels.ts';
import { planWith, type RunPlan } from './plan.ts';
import { settleRun, type SettledRun } from './settle-run.ts';

/** What a run takes besides the recipe. */
export interface PlanOptions extends FolderOptions {
  /** `key=value` settings on top of the recipe. */
  overrides?: readonly string[];
  /** Plugins as values, besides those that the recipe names. */
  plugins?: readonly Plugin[];
  /** Hears what begins now. */
  onWork?: WorkListener;
}

/** A run in a folder that is ready to start. */
export interface FolderPlan extends RunPlan {
  /** What the run means to do in its folder. */
  intent: RunIntent;
}

/**
 * Reads a recipe and everything it names: plugins, data, model, adapters. All that can be wrong with it is found here, before
 * anything is written and before the first step.
 *
 * @throws TunesmithError of the reader, the plugins, the model, the method or the data
 */
export async function planRun(
  source: RecipeInput | string,
  options: PlanOptions,
): Promise<FolderPlan> {
  const read = await settleRun(source, options);
  const spilling = openSpilling();
  try {
    return await planKeeping(read, spilling, options);
  } catch (error) {
    spilling.close();
    throw error;
  }
}

/** Plans a settled run; records and examples that do not fit in memory lie where `spilling` puts them until the session is closed. */
async function planKeeping(
  read: SettledRun,
  { openList, close }: Spilling,
  options: PlanOptions,
): Promise<FolderPlan> {
  const { onWork } = options;
  const { registry, directory, template } = read;
  onWork?.('reading the data');
  const collected = await collectFiltered(read.recipe, {
    registry,
    template,
    records: recordsNear(directory),
    directory,
    onWork,
    openList,
    openJournal: answersOfRun(read.recipe, read.recipe.output),
  });
  const recipe = withLabels(read.recipe, collected.train);
  const settled = { ...read, recipe };
  const warnings = [...settled.warnings];
  const opened = await openSession({
    model: recipe.model.from,
    labels: labelHeadOf(recipe),
    device: recipe.device,
    registry,
    onWarning: (warning) => warnings.push(warning),
    ...(recipe.threads === undefined ? {} : { threads: recipe.threads }),
    ...(onWork ? { onWork } : {}),
  });
  const session = { ...opened, close: () => opened.close().finally(close) };
  try {
    const openEncoder = encoderOpener({ session, template, directory, openList, ...options });
    const known = { settled, collected, warnings, openEncoder, ...(onWork ? { onWork } : {}) };
    return await inFolder(await planWith(session, known), settled);
  } catch (error) {
    await session.close();
    throw error;
  }
}

/** A plan with what it does in its folder. */
async function inFolder(plan: RunPlan, { recipe, intent }: SettledRun): Promise<FolderPlan> {
  const isInt8 = plan.recipe.model.precision === 'int8';
  const writes = [...(await writesOf(plan.tuning, recipe)), ...(isInt8 ? [smoothingName] : [])];
  return {
    ...plan,
    recipe: { ...plan.recipe, ...(await adaptersKept(plan.recipe)) },
    intent: { ...intent, writes },
  };
}

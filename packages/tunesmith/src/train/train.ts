import { join } from 'node:path';
import { saveModel } from '@tunesmith/models/node';
import { saveAdapter } from '@tunesmith/peft/node';
import { readText, type RecipeInput } from '@tunesmith/schema';
import { nodeFiles } from '@tunesmith/schema/node';
import { folderCheckpoints } from '@tunesmith/trainer/node';
import { cardFile, cardOf, isOwnCard } from '../report/model-card.ts';
import { saveAdapters } from '../run/adapter-folder.ts';
import { openEventLog } from '../run/event-log.ts';
import { openRunFolder, type OpenFolder } from '../run/folder.ts';
import { readRun } from '../run/read-run.ts';
import type { RunStore, TrainJobOptions, TrainSummary } from './job.ts';
import { planRun, type FolderPlan } from './plan-run.ts';
import { artifactFiles, pluginFiles } from './recipe-files.ts';
import { runPlan } from './run-plan.ts';

/**
 * Runs a recipe: reads the data, measures the model, trains, measures again, and leaves a folder with the adapter (or
 * the model), every event, checkpoints, the resolved recipe and a report.
 *
 * Everything that can be wrong with the recipe is found before anything is written. A run that was interrupted goes on
 * with `resume`, on the CPU bit for bit as if it had not been.
 *
 * @param recipe a recipe, or the path of one in YAML or JSON
 * @throws TunesmithError naming what is wrong, with file and line where there is one
 */
export async function train(
  recipe: RecipeInput | string,
  options: TrainJobOptions = {},
): Promise<TrainSummary> {
  const plan = await planRun(recipe, options);
  try {
    return await run(plan, options);
  } finally {
    await plan.session.close();
  }
}

async function run(plan: FolderPlan, options: TrainJobOptions): Promise<TrainSummary> {
  const folder = await openRunFolder(plan.intent);
  try {
    options.onFolder?.(folder.directory);
    const summary = await runPlan(plan, storeIn(folder), options);
    const saved = summary.adapter ?? summary.model;
    if (summary.report !== undefined && saved !== undefined) await writeCard(plan, folder);
    return summary;
  } finally {
    await folder.release();
  }
}

/** The card of what was trained, in its folder, where nobody put one of their own. */
async function writeCard(
  { recipe, session, tuning }: FolderPlan,
  folder: OpenFolder,
): Promise<void> {
  const adapters = tuning.adapters.map(({ name }) => name);
  if (tuning.kind !== 'full' && adapters.length === 0) return;
  const files = nodeFiles(tuning.kind === 'full' ? folder.model : folder.adapter);
  const present = await readText(files, cardFile).catch(() => undefined);
  if (present !== undefined && !isOwnCard(present)) return;
  const card = await cardOf({
    base: recipe.model.from,
    files: session.model.files,
    adapters,
    run: await readRun(nodeFiles(folder.directory)),
    as: tuning.kind === 'full' ? 'model' : 'adapter',
  });
  await files.write(cardFile, card);
}

/** A folder on the disk as what a run keeps things in: a model or an adapter appears there whole or not at all. */
function storeIn(folder: OpenFolder): RunStore {
  const adapters = nodeFiles(folder.adapter);
  return {
    files: nodeFiles(folder.directory),
    checkpoints: folderCheckpoints(folder.directory),
    place: (name = '') => join(folder.directory, name),
    claim: folder.claim,
    openEvents: async () => openEventLog(folder.events),
    recipeFiles: async (recipe) => ({
      plugins: pluginFiles(recipe),
      artifacts: await artifactFiles(recipe),
    }),
    saveModel: (model) => saveModel(model, folder.model),
    saveAdapters: (trained, base) =>
      saveAdapters(adapters, trained, base, (adapter, name = '') =>
        saveAdapter(join(folder.adapter, name), adapter, base),
      ),
  };
}

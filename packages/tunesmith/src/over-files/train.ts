import { readRecords } from '@tunesmith/datasets';
import { saveModel } from '@tunesmith/models';
import { TunesmithError, type Files, type RecipeInput } from '@tunesmith/schema';
import { memoryCheckpoints, type CheckpointStore } from '@tunesmith/trainer';
import { collectData } from '../data/collect.ts';
import { withOverrides } from '../recipe/parse.ts';
import { withTemplateFiles } from '../recipe/template-files.ts';
import { adaptersIn, saveAdapters } from '../run/adapter-folder.ts';
import { eventsName, lineOf, type EventLog } from '../run/events.ts';
import { optionalText, runFiles } from '../run/read-run.ts';
import { smoothingName } from '../run/smoothing-file.ts';
import type { Warning } from '../session.ts';
import type { RunOptions, RunStore, TrainSummary } from '../train/job.ts';
import { labelHeadOf, withLabels } from '../train/labels.ts';
import { planWith } from '../train/plan.ts';
import { runPlan } from '../train/run-plan.ts';
import { settle } from '../train/settle.ts';
import {
  folderIn,
  openIn,
  plainPath,
  readingOf,
  registryOf,
  requireOneRun,
  type Surroundings,
} from './surroundings.ts';

/** What {@link train} takes besides the recipe. */
export interface TrainOptions extends Surroundings, RunOptions {
  /** `key=value` settings on top of the recipe. */
  overrides?: readonly string[];
  /** Whether what an earlier run wrote in the folder is replaced. */
  overwrite?: boolean;
  /** Whether the run in the folder goes on, from what `checkpoints` holds. */
  resume?: boolean;
  /** Where checkpoints are kept; in memory by default, for as long as the run lasts. */
  checkpoints?: CheckpointStore;
}

/**
 * Runs a recipe over `Files`: reads the data, measures the model, trains, measures again, and leaves in the recipe's `output` what a
 * run leaves: the recipe, events, the adapter (or the model), scores and a report.
 *
 * The same as `train` of `tunesmith/node` without a disk: nobody else may write to the folder meanwhile, events are written when the
 * run ends, and checkpoints go to a store.
 *
 * @throws TunesmithError naming what is wrong; `needs-folders` for a recipe of stages, and for artifacts and plugins by name;
 * `output-exists` where something is in the folder already, `nothing-to-resume` where no run is
 */
export async function train(recipe: RecipeInput, options: TrainOptions): Promise<TrainSummary> {
  const { files, overrides = [], onWork } = options;
  const parsed = withOverrides(recipe, overrides);
  requireOneRun(parsed.recipe);
  const registry = registryOf(options);
  const filled = await withTemplateFiles(parsed.recipe, readingOf(options, registry));
  const output = plainPath(filled.output);
  const resume = options.resume ?? filled.resume;
  const whole = { ...parsed, recipe: { ...filled, output, resume } };
  const { template, ...read } = settle(whole, registry);
  const folder = folderIn(files)(output);
  await requireRoom(folder, options.overwrite ? 'replaced' : resume ? 'there' : 'none');
  onWork?.('reading the data');
  const collected = await collectData(read.recipe.data, {
    registry,
    template,
    mixing: read.recipe.mixing,
    seed: read.recipe.seed,
    records: (path, how) => readRecords(files, plainPath(path), how),
  });
  const settled = { ...read, template, recipe: withLabels(read.recipe, collected.train) };
  const warnings: Warning[] = [...settled.warnings];
  const { model, device, threads } = settled.recipe;
  const session = await openIn({ ...options, onWarning: (one) => warnings.push(one) }, registry, {
    model: model.from,
    labels: labelHeadOf(settled.recipe),
    device,
    ...(threads === undefined ? {} : { threads }),
  });
  try {
    const opened = { settled, collected, warnings, ...(onWork ? { onWork } : {}) };
    const plan = await planWith(session, opened);
    const { checkpoints = memoryCheckpoints() } = options;
    const store = storeOf(folder, output, checkpoints, !resume);
    return await runPlan(plan, store, options);
  } finally {
    await session.close();
  }
}

/** Where a run keeps things below a folder of any `Files`. */
function storeOf(
  files: Files,
  output: string,
  checkpoints: CheckpointStore,
  isNew: boolean,
): RunStore {
  const below = folderIn(files);
  return {
    files,
    checkpoints,
    place: (name) => (name === undefined ? output : `${output}/${name}`),
    claim: async () => (isNew ? removeRun(files) : undefined),
    openEvents: () => eventLog(files),
    recipeFiles: async () => ({ plugins: [], artifacts: [] }),
    saveModel: (model) => saveModel(model, below('model')),
    saveAdapters: (adapters, base) => saveAdapters(below('adapter'), adapters, base),
  };
}

/** Events that are written at the end, after those of an earlier part of the run. */
async function eventLog(files: Files): Promise<EventLog> {
  const lines = [(await optionalText(files, eventsName)) ?? ''];
  return {
    append: (event) => void lines.push(lineOf(event)),
    close: () => files.write(eventsName, lines.join('')),
  };
}

/** Whether the run may be written: nothing is there, or what is there is to be replaced or gone on with. */
async function requireRoom(folder: Files, wanted: 'none' | 'there' | 'replaced'): Promise<void> {
  if (wanted === 'replaced') return;
  const found = await folder.stat(runFiles.recipe);
  if (wanted === 'there' ? found : !found) return;
  const place = folder.locate();
  throw new TunesmithError({
    package: 'tunesmith',
    code: found ? 'output-exists' : 'nothing-to-resume',
    message: found ? `a run is in ${place} already` : `there is no run in ${place} to resume`,
    value: place,
    accepted: found
      ? 'another output, or overwrite: true to replace it'
      : 'the folder of a run that was interrupted, and its checkpoints',
  });
}

/** Removes what an earlier run left in its folder. */
async function removeRun(files: Files): Promise<void> {
  const below = folderIn(files);
  const adapters = await adaptersIn(below('adapter'));
  const folders = [...adapters.map((one) => one.files), below('adapter'), below('model')];
  for (const folder of folders) for (const name of await folder.list()) await folder.remove(name);
  for (const name of [...Object.values(runFiles), eventsName, smoothingName])
    await files.remove(name);
}

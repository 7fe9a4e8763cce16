import { fileURLToPath } from 'node:url';
import { virtualTokens, type Adapter } from '@tunesmith/peft';
import {
  TunesmithError,
  type Plugin,
  type PromptTemplate,
  type Recipe,
  type RecipeInput,
} from '@tunesmith/schema';
import {
  prepareData,
  type DataReport as TokenReport,
  type PrepareOptions,
  type RowSource,
} from '@tunesmith/trainer';
import { collectData, type CollectedData } from '../data/collect.ts';
import { measuredSets, type MeasuredSets } from '../evaluation/measured-sets.ts';
import { moduleAddress } from '../plugins/packages.ts';
import { locate, locateModel } from '../recipe/locate.ts';
import { readRecipe } from '../recipe/read.ts';
import type { FolderOptions } from '../run/folder.ts';
import { checkRunFolder, runFolder } from '../run/folder.ts';
import { openRegistry, openSession, type Session, type WorkListener } from '../session.ts';
import { checkMemory, type MemoryNeed } from '../memory.ts';
import { completeMethod, prepareTuning, type Tuning } from './method.ts';

/** What a run takes besides the recipe. */
export interface PlanOptions extends FolderOptions {
  /** `key=value` settings on top of the recipe. */
  overrides?: readonly string[];
  /** Plugins as values, besides those that the recipe names. */
  plugins?: readonly Plugin[];
  /** Hears what begins now. */
  onWork?: WorkListener;
}

/** A run that is ready to start: everything read and checked, nothing written yet. */
export interface RunPlan {
  /** The recipe with every default, also the method's, and absolute paths. */
  recipe: Recipe;
  /** How the recipe names the model. */
  modelName: string;
  session: Session;
  tuning: Tuning;
  template: PromptTemplate;
  data: CollectedData;
  sets: MeasuredSets;
  /** What is trained on, as rows, and how records became rows; absent where nothing trains. */
  rows?: { source: RowSource; report: TokenReport };
  /** How rows are made: for held-out data as for training data. */
  prepare: PrepareOptions;
}

/**
 * Reads a recipe and everything it names: plugins, model, adapter, data. All that can be wrong with it is found here,
 * before anything is written and before the first step.
 *
 * @throws TunesmithError of the reader, the plugins, the model, the method or the data
 */
export async function planRun(
  source: RecipeInput | string,
  options: PlanOptions,
): Promise<RunPlan> {
  const read = await readRecipe(source, { overrides: options.overrides ?? [] });
  const { directory, written } = read;
  const { onWork } = options;
  const plugins = options.plugins ?? [];
  const registry = await openRegistry({ plugins, pluginNames: read.recipe.plugins, directory });
  const resume = options.resume ?? read.recipe.resume;
  await checkRunFolder(read.recipe.output, { ...options, resume });
  const recipe = await withPlaces({ ...read.recipe, resume }, directory);
  if (recipe.method !== undefined) recipe.method = completeMethod(recipe.method, registry);
  const template = registry.get('prompt-template', recipe.template);
  // Names are looked up now, and not by the trainer after the first, possibly long, measurement.
  registry.get('optimizer', recipe.training.optimizer.name);
  registry.get('schedule', recipe.training.schedule.name);
  for (const metric of recipe.evaluation.metrics) registry.get('metric', metric);
  const context = { registry, directory, seed: recipe.seed };
  onWork?.('reading the data');
  const data = await collectData(recipe.data, context);

  const threads = recipe.threads === undefined ? {} : { threads: recipe.threads };
  const session = await openSession({
    model: recipe.model,
    device: recipe.device,
    ...threads,
    registry,
    ...(onWork ? { onWork } : {}),
  });
  try {
    const { model, tokenizer } = session;
    const tuning = await prepareTuning(recipe, { model, tokenizer, registry });
    const adapters = tuning.kind === 'adapter' ? [tuning.adapter] : [];
    fitLength(recipe, written, adapters, model.spec.maximumPositions);
    const prepare: PrepareOptions = {
      maximumLength: recipe.training.max_length,
      packing: recipe.training.packing,
      virtualTokens: virtualTokens(adapters),
      template,
      ...(tokenizer ? { tokenizer } : {}),
    };
    // The memory of other devices is their own affair.
    const check = (tokens: number, training: MemoryNeed['training']): void => {
      if (tuning.kind === 'none' || session.device.name !== 'cpu') return;
      checkMemory({ spec: model.spec, tokens, training, full: tuning.kind === 'full' });
    };
    check(recipe.training.max_length, { batch_size: 1, gradient_accumulation: 1 });
    onWork?.('turning the data into tokens');
    const rows =
      tuning.kind === 'none'
        ? undefined
        : await prepareData(requireTraining(data, recipe), prepare);
    if (rows) check(rows.source.tokens, recipe.training);
    const { tasks: names, metrics, limit } = recipe.evaluation;
    const sets = await measuredSets({
      names,
      splits: data.splits,
      registry,
      metrics,
      limit,
      tokenizer,
      template,
    });
    return {
      recipe,
      modelName: read.recipe.model,
      session,
      tuning,
      template,
      data,
      sets,
      prepare,
      ...(rows ? { rows } : {}),
    };
  } catch (error) {
    await session.close();
    throw error;
  }
}

/** The recipe with every path made absolute, so that its copy in the run's folder means the same. */
async function withPlaces(recipe: Recipe, directory: string): Promise<Recipe> {
  const data: Recipe['data'] = [];
  for (const entry of recipe.data) {
    data.push(
      'path' in entry
        ? { ...entry, path: await locate(entry.path, directory, 'the data file') }
        : entry,
    );
  }
  const plugins: string[] = [];
  for (const name of recipe.plugins) {
    const address = await moduleAddress(name, directory);
    plugins.push(address === undefined ? name : fileURLToPath(address));
  }
  return {
    ...recipe,
    model: await locateModel(recipe.model, directory),
    plugins,
    data,
    output: runFolder(recipe.output).directory,
    ...(recipe.adapter
      ? {
          adapter: {
            ...recipe.adapter,
            from: await locate(recipe.adapter.from, directory, 'the adapter'),
          },
        }
      : {}),
  };
}

/** A length that was asked for must fit the model; the default is shortened to fit. */
function fitLength(
  recipe: Recipe,
  written: RecipeInput,
  adapters: readonly Adapter[],
  positions: number,
): void {
  const most = positions - virtualTokens(adapters).keys;
  const { training } = recipe;
  if (training.max_length <= most) return;
  if (written.training?.max_length === undefined) {
    training.max_length = most;
    return;
  }
  throw new TunesmithError({
    package: 'tunesmith',
    code: 'too-long',
    message: `training.max_length is ${training.max_length} and the model takes ${most} tokens`,
    value: training.max_length,
    accepted: `at most ${most}`,
  });
}

function requireTraining(data: CollectedData, recipe: Recipe): CollectedData['train'] {
  if (data.train.length > 0) return data.train;
  const splits = [...data.splits.keys()];
  throw new TunesmithError({
    package: 'tunesmith',
    code: 'no-training-data',
    message:
      recipe.data.length === 0
        ? 'the recipe has no data'
        : `no data is of split train, only of ${splits.join(', ') || 'none'}`,
    accepted: 'at least one data entry with split: train and one usable row',
  });
}

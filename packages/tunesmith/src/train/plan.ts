import { recordInputs, virtualTokens, type Adapter } from '@tunesmith/peft';
import {
  TunesmithError,
  type Plugin,
  type PromptTemplate,
  type Recipe,
  type RecipeInput,
} from '@tunesmith/schema';
import {
  createObjective,
  prepareData,
  type TokenReport,
  type PrepareOptions,
  type RowSource,
} from '@tunesmith/trainer';
import { collectData, type CollectedData } from '../data/collect.ts';
import { withoutOverlap, type Overlap } from '../data/overlap.ts';
import { runFolder, smoothingName } from '../run/folder.ts';
import { shownSets, type ShownSets } from '../evaluation/shown-sets.ts';
import { requireUnstaged } from '../stages/reference.ts';
import { readRecipe } from '../recipe/read.ts';
import { checkRunFolder, type FolderOptions, type RunIntent } from '../run/check-folder.ts';
import {
  openRegistry,
  openSession,
  placementOf,
  type Session,
  type Warning,
  type WorkListener,
} from '../session.ts';
import { checkMemory, type MemoryNeed } from '../memory.ts';
import { intentOf, writesOf } from './intent.ts';
import { artifactsOf } from './artifacts.ts';
import { completeRecipe } from './complete.ts';
import { adaptersOf, prepareTuning, type Tuning } from './method.ts';
import { withPlaces } from './places.ts';
import { calibrationRows, choosePrecision, int8OfRun } from './precision.ts';

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
  /** What the run means to do in its folder. */
  intent: RunIntent;
  /** What a person should know before the first step. */
  warnings: readonly Warning[];
  session: Session;
  tuning: Tuning;
  template: PromptTemplate;
  data: CollectedData;
  /** How far what is measured stands in the training data too. */
  overlap: Overlap;
  sets: ShownSets;
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
  requireUnstaged(read.recipe);
  const { directory, written } = read;
  const { onWork } = options;
  const plugins = options.plugins ?? [];
  const pluginNames = read.recipe.plugins;
  const working = onWork ? { onWork } : {};
  const registry = await openRegistry({ plugins, pluginNames, directory, ...working });
  const resume = options.resume ?? read.recipe.resume;
  const placed = await withPlaces({ ...read.recipe, resume }, directory);
  const intent = await intentOf(placed, read, options);
  await checkRunFolder(intent);
  const { recipe, warnings: leftOut } = completeRecipe(placed, read.inherited, registry);
  const template = registry.settled('prompt-template', recipe.template);
  const context = { registry, directory, seed: recipe.seed };
  onWork?.('reading the data');
  const collected = await collectData(recipe.data, context);
  recipe.data = recipe.data.map((entry, index) => {
    const format = collected.formats[index];
    return 'path' in entry && format !== undefined ? { ...entry, format } : entry;
  });

  const threads = recipe.threads === undefined ? {} : { threads: recipe.threads };
  const warnings: Warning[] = [];
  const onWarning = (warning: Warning) => warnings.push(warning);
  const session = await openSession({
    model: recipe.model.from,
    device: recipe.device,
    ...threads,
    registry,
    onWarning,
    ...working,
  });
  try {
    const { model, tokenizer } = session;
    const tuning = await prepareTuning(recipe, {
      model,
      tokenizer,
      registry,
      artifacts: artifactsOf(recipe.artifacts, { model, registry, onWarning }),
      onWarning,
    });
    const writes = await writesOf(tuning, recipe.output, recipe.adapter?.from);
    // The run's own adapter is about to be written anew: the recipe names the copy of what it was.
    if (recipe.adapter && writes.some((path) => path.startsWith('start/')))
      recipe.adapter = { ...recipe.adapter, from: runFolder(recipe.output).start };
    const adapters = adaptersOf(tuning);
    fitLength(recipe, written, adapters, model.spec.maximumPositions);
    const prepare = preparing({ recipe, session, template, adapters });
    if (tuning.kind !== 'none') requireTraining(collected, recipe);
    // The memory of other devices is their own affair.
    const { device } = session;
    const { name: precision, finding } = await choosePrecision(recipe.model, {
      model,
      device,
      tuning,
    });
    if (finding) warnings.push(finding);
    recipe.model = {
      ...recipe.model,
      precision,
      ...(precision === 'float32' ? { head_precision: precision } : {}),
    };
    const check = (tokens: number, training: MemoryNeed['training']): void => {
      if (tuning.kind === 'none' || device.name !== 'cpu') return;
      checkMemory({
        spec: model.spec,
        tokens,
        training,
        full: tuning.kind === 'full',
        precision,
        head: recipe.model.head_precision === 'int8',
        calibrated: recipe.model.calibration_rows > 0,
      });
    };
    check(recipe.training.max_length, { batch_size: 1, gradient_accumulation: 1 });
    onWork?.('turning the data into tokens');
    const { tasks: names, metrics, limit } = recipe.evaluation;
    const measuresText = model.spec.kind !== 'encoder';
    const asked = await shownSets({
      model,
      names,
      splits: collected.splits,
      tasks: registry.all('evaluation-task'),
      metrics,
      limit,
      tokenizer,
      template,
    });
    // A model that writes no text has no answers to score: what it learned is measured by the objective alone.
    const sets = measuresText ? asked : { ...asked, tasks: [], instances: [] };
    if (asked.tasks.length > 0 && !measuresText)
      warnings.push({
        code: 'measured-by-objective',
        message: `this ${model.spec.modelType} writes no text: evaluation.tasks are measured by the loss of the objective alone, every evaluation.every steps`,
      });
    const heldOut = new Map([...collected.splits, ...sets.records]);
    const { train, overlap } = withoutOverlap(collected, heldOut, collected.report);
    const data = { ...collected, train };
    const rows = tuning.kind === 'none' ? undefined : await prepareData(train, prepare);
    if (rows) check(rows.source.tokens, recipe.training);
    if (precision === 'int8') {
      const seen = rows?.source ?? (await firstOf(sets.records, prepare));
      const calibration = seen ? calibrationRows(seen, recipe.model.calibration_rows) : [];
      const kept = { file: runFolder(recipe.output).smoothing, resume: recipe.resume };
      const placing = { model, device, head: recipe.model.head_precision === 'int8' };
      session.placement = placementOf(model, device, () => int8OfRun(placing, kept, calibration));
      writes.push(smoothingName);
    }
    return {
      recipe,
      modelName: read.recipe.model.from,
      intent: { ...intent, writes },
      warnings: [...leftOut, ...warnings],
      session,
      tuning,
      template,
      data,
      overlap,
      sets,
      prepare,
      ...(rows ? { rows } : {}),
    };
  } catch (error) {
    await session.close();
    throw error;
  }
}

/** How a recipe makes rows of records. */
export function preparing({
  recipe,
  session: { model, tokenizer, registry },
  template,
  adapters,
}: {
  recipe: Recipe;
  session: Pick<Session, 'model' | 'tokenizer' | 'registry'>;
  template: PromptTemplate;
  adapters: readonly Adapter[];
}): PrepareOptions {
  const objective = createObjective(
    recipe.objective,
    {
      model,
      maximumLength: recipe.training.max_length,
      virtualTokens: virtualTokens(adapters),
      template,
      ...(tokenizer ? { tokenizer } : {}),
    },
    registry.all('objective'),
  );
  return { objective, packing: recipe.training.packing, inputs: recordInputs(adapters) };
}

/** The first measured set as rows: what the model will see where nothing trains. */
export async function firstOf(
  sets: ShownSets['records'],
  prepare: PrepareOptions,
): Promise<RowSource | undefined> {
  const [records] = sets.values();
  return records && (await prepareData(records, prepare)).source;
}

/** A length that was asked for must fit the model; the default is shortened to fit. */
export function fitLength(
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

function requireTraining(data: CollectedData, recipe: Recipe): void {
  if (data.train.length > 0) return;
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

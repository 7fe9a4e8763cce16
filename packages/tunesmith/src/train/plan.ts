import type { Plugin, PromptTemplate, Recipe, RecipeInput, Registry } from '@tunesmith/schema';
import {
  prepareData,
  type PrepareOptions,
  type RowSource,
  type TokenReport,
} from '@tunesmith/trainer';
import { warnOfUnchosen } from '../adapters.ts';
import { collectData, type CollectedData } from '../data/collect.ts';
import { withoutOverlap, type Overlap } from '../data/overlap.ts';
import { objectiveSets, writesText } from '../evaluation/by-objective.ts';
import { shownSets, type ShownSets } from '../evaluation/shown-sets.ts';
import { checkMemory, type MemoryNeed } from '../memory.ts';
import type { FolderOptions, RunIntent } from '../run/check-folder.ts';
import { runFolder, smoothingName } from '../run/folder.ts';
import {
  openSession,
  placementOf,
  type Session,
  type Warning,
  type WorkListener,
} from '../session.ts';
import { activationsOf } from './activations.ts';
import { artifactsOf, requireRead } from './artifacts.ts';
import { adaptersKept, writesOf } from './intent.ts';
import { labelHeadOf, withLabels } from './labels.ts';
import { prepareTuning, type Tuning } from './method.ts';
import { calibrationRows, choosePrecision, inInt8, inNf4, int8OfRun } from './precision.ts';
import { firstOf, fittingLength, preparing, requireChosen, requireTraining } from './rows.ts';
import { settleRecipe, type SettledRecipe } from './settle.ts';

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
 * Reads a recipe and everything it names: plugins, data, model, adapters. All that can be wrong with it is found here, before
 * anything is written and before the first step.
 *
 * @throws TunesmithError of the reader, the plugins, the model, the method or the data
 */
export async function planRun(
  source: RecipeInput | string,
  options: PlanOptions,
): Promise<RunPlan> {
  const { onWork } = options;
  const read = await settleRecipe(source, options);
  const { registry, directory, template } = read;
  onWork?.('reading the data');
  const { data, seed } = read.recipe;
  const collected = await collectData(data, { registry, directory, seed, template });
  const recipe = withLabels(read.recipe, collected.train);
  const settled = { ...read, recipe };
  const warnings = [...settled.warnings];
  const session = await openSession({
    model: recipe.model.from,
    labels: labelHeadOf(recipe),
    device: recipe.device,
    registry,
    onWarning: (warning) => warnings.push(warning),
    ...(recipe.threads === undefined ? {} : { threads: recipe.threads }),
    ...(onWork ? { onWork } : {}),
  });
  try {
    return await planWith(session, { settled, collected, warnings, ...(onWork ? { onWork } : {}) });
  } catch (error) {
    await session.close();
    throw error;
  }
}

/** Whether the recipe's optimizer gives gradients up in the backward pass. */
function isFused({ training }: Recipe, registry: Registry): boolean {
  const { plugin, options } = registry.choose('optimizer', training.optimizer);
  return plugin.create(options).fused ?? false;
}

/** What is known once the data is read and the model is open. */
interface Opened {
  settled: SettledRecipe;
  collected: CollectedData;
  warnings: Warning[];
  onWork?: WorkListener;
}

async function planWith(
  session: Session,
  { settled, collected, warnings, onWork }: Opened,
): Promise<RunPlan> {
  const { model, tokenizer, registry, device } = session;
  const { template, written, intent, modelName } = settled;
  const onWarning = (warning: Warning) => warnings.push(warning);

  const artifacts = await artifactsOf(settled.recipe.artifacts, { model, registry, onWarning });
  const tuning = await prepareTuning(settled.recipe, {
    model,
    tokenizer,
    registry,
    artifacts: artifacts.artifacts,
    activations: activationsOf({
      recipe: settled.recipe,
      written,
      session,
      template,
      collected,
    }),
    onWarning,
  });
  requireRead(artifacts);
  const trains = tuning.kind !== 'none';
  if (trains) requireTraining(collected, settled.recipe);
  const chosen = await choosePrecision(settled.recipe.model, { model, device, tuning });
  if (chosen.finding) warnings.push(chosen.finding);

  const { adapters } = tuning;
  const fitted = fittingLength(settled.recipe, written, adapters, model.spec.maximumPositions);
  const recipe: Recipe = {
    ...fitted,
    ...(await adaptersKept(fitted)),
    data: withFormats(fitted.data, collected.formats),
    model: {
      ...fitted.model,
      precision: chosen.name,
      ...(chosen.name === 'int8' ? {} : { head_precision: 'float32' }),
    },
  };
  const checkTokens = (tokens: number, training: MemoryNeed['training']): void => {
    // The memory of other devices is their own affair.
    if (!trains || device.name !== 'cpu') return;
    checkMemory({
      spec: model.spec,
      tokens,
      training,
      full: tuning.kind === 'full',
      fused: isFused(recipe, registry),
      precision: chosen.name,
      head: recipe.model.head_precision === 'int8',
      calibrated: recipe.model.calibration_rows > 0,
    });
  };
  checkTokens(recipe.training.max_length, { batch_size: 1, gradient_accumulation: 1 });

  onWork?.('turning the data into tokens');
  const { tasks: names, metrics, limit } = recipe.evaluation;
  const asked = await shownSets({
    model,
    tokenizer,
    template,
    names,
    metrics,
    limit,
    splits: collected.splits,
    tasks: registry.all('evaluation-task'),
  });
  const sets = writesText(model.spec) ? asked : objectiveSets(asked);
  const heldOut = new Map([...collected.splits, ...sets.records]);
  const { train, overlap } = withoutOverlap(collected, heldOut, collected.report);
  const prepare = preparing({ recipe, session, template, adapters });
  const rows = trains ? await prepareData(train, prepare) : undefined;
  if (rows) {
    checkTokens(rows.source.tokens, recipe.training);
    requireChosen(adapters, rows.used);
  }
  warnOfUnchosen(adapters, rows?.used ?? [...sets.records.values()].flat(), onWarning);

  const writes = await writesOf(tuning, settled.recipe);
  if (chosen.name === 'nf4') session.placement = placementOf(model, device, inNf4(model));
  if (chosen.name === 'int8') {
    const seen = rows?.source ?? (await firstOf(sets.records, prepare));
    const calibration = seen ? calibrationRows(seen, recipe.model.calibration_rows) : [];
    const kept = { file: runFolder(recipe.output).smoothing, resume: recipe.resume };
    const placing = { model, device, head: recipe.model.head_precision === 'int8' };
    const int8 = inInt8(() => int8OfRun(placing, kept, calibration));
    session.placement = placementOf(model, device, int8);
    writes.push(smoothingName);
  }
  return {
    recipe,
    modelName,
    intent: { ...intent, writes },
    warnings,
    session,
    tuning,
    template,
    data: { ...collected, train },
    overlap,
    sets,
    prepare,
    ...(rows ? { rows } : {}),
  };
}

/** The entries of a recipe's data with the dataset adapters that were found from their rows. */
function withFormats(data: Recipe['data'], formats: CollectedData['formats']): Recipe['data'] {
  return data.map((entry, index) => {
    const format = formats[index];
    return 'path' in entry && format !== undefined ? { ...entry, format } : entry;
  });
}

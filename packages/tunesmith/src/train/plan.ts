import type { DataRecord, Listed, PromptTemplate, Recipe, Registry } from '@tunesmith/schema';
import {
  prepareData,
  type PrepareOptions,
  type RowSource,
  type TokenReport,
  type RecordEncoder,
} from '@tunesmith/trainer';
import { warnOfUnchosen } from '../adapters.ts';
import type { CollectedData } from '../data/collect.ts';
import { withoutOverlap, type Overlap } from '../data/overlap.ts';
import { picked } from '../data/lists.ts';
import { objectiveSets, writesText } from '../evaluation/by-objective.ts';
import { shownSets, type ShownSets } from '../evaluation/shown-sets.ts';
import { checkMemory, type MemoryNeed } from '../memory.ts';
import { placementOf, type Session, type Warning, type WorkListener } from '../session.ts';
import { activationsOf } from './activations.ts';
import { artifactsOf, requireRead } from './artifacts.ts';
import { prepareTuning, type Tuning } from './method.ts';
import { calibrationRows, choosePrecision, inInt8, inCodes, int8OfRun } from './precision.ts';
import { firstOf, fittingLength, preparing, requireChosen, requireTraining } from './rows.ts';
import type { SettledRecipe } from './settle.ts';

/** A run that is ready to start: everything read and checked, nothing written yet. */
export interface RunPlan {
  /** The recipe with every default, also the method's. */
  recipe: Recipe;
  /** How the recipe names the model. */
  modelName: string;
  /** What a person should know before the first step. */
  warnings: readonly Warning[];
  session: Session;
  tuning: Tuning;
  template: PromptTemplate;
  data: UsedData;
  /** How far what is measured stands in the training data too. */
  overlap: Overlap;
  sets: ShownSets;
  /** What is trained on, as rows, and how records became rows; absent where nothing trains. */
  rows?: { source: RowSource; report: TokenReport };
  /** How rows are made: for held-out data as for training data. */
  prepare: PrepareOptions;
}

/** What a run keeps of its data: what is measured and what is told. The records that it trains on are rows by then. */
export interface UsedData extends Omit<CollectedData, 'train' | 'mayOverlap'> {
  /** How many records are trained on. */
  readonly trained: number;
  /** The families of tasks that they are from, in the order they first stand there. */
  readonly clusters: readonly string[];
}

/** Whether the recipe's optimizer gives gradients up in the backward pass. */
function isFused({ training }: Recipe, registry: Registry): boolean {
  const { plugin, options } = registry.choose('optimizer', training.optimizer);
  return plugin.create(options).fused ?? false;
}

/** What is known once the data is read and the model is open. */
export interface Opened {
  settled: SettledRecipe;
  collected: CollectedData;
  warnings: Warning[];
  /** Where training records become examples, if not here: opened for the recipe as it runs. */
  openEncoder?: (recipe: Recipe, prepare: PrepareOptions) => Promise<OpenEncoder>;
  onWork?: WorkListener;
}

/** A place where records become examples. */
export interface OpenEncoder {
  readonly encoder: RecordEncoder;
  /** Ends what makes examples; those that are kept can still be read. */
  close(): Promise<void>;
}

/**
 * Plans a run of a settled recipe. All that can be wrong with it is found here, before the first step.
 *
 * @param session the recipe's model on its device
 * @param opened the recipe, its data, and the warnings so far, to which others are added
 * @throws TunesmithError of the method, the adapters or the data
 */
export async function planWith(
  session: Session,
  { settled, collected, warnings, openEncoder, onWork }: Opened,
): Promise<RunPlan> {
  const { model, tokenizer, registry, device, folder } = session;
  const { template, written, modelName } = settled;
  const onWarning = (warning: Warning) => warnings.push(warning);

  const artifacts = await artifactsOf(settled.recipe.artifacts, {
    model,
    registry,
    folder,
    onWarning,
  });
  const tuning = await prepareTuning(settled.recipe, {
    model,
    tokenizer,
    registry,
    folder,
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
  const encoding = trains ? await openEncoder?.(recipe, prepare) : undefined;
  const rows = trains
    ? await prepareData(train, {
        ...prepare,
        ...(encoding ? { encoder: encoding.encoder } : {}),
      }).finally(() => encoding?.close())
    : undefined;
  const used = rows && picked(train, rows.used);
  if (rows && used) {
    checkTokens(rows.source.tokens, recipe.training);
    requireChosen(adapters, used, used.length);
  }
  warnOfUnchosen(adapters, used ?? [...sets.records.values()].flat(), onWarning);

  if (chosen.name !== 'float32' && chosen.name !== 'int8') {
    session.placement = placementOf(model, device, inCodes(chosen.name, session));
  }
  if (chosen.name === 'int8') {
    const seen = rows?.source ?? (await firstOf(sets.records, prepare));
    const calibration = seen ? calibrationRows(seen, recipe.model.calibration_rows) : [];
    const kept = { run: folder(recipe.output), resume: recipe.resume };
    const placing = { model, device, head: recipe.model.head_precision === 'int8' };
    const int8 = inInt8(() => int8OfRun(placing, kept, calibration));
    session.placement = placementOf(model, device, int8);
  }
  return {
    recipe,
    modelName,
    warnings,
    session,
    tuning,
    template,
    data: usedData(collected, train),
    overlap,
    sets,
    prepare,
    ...(rows ? { rows: { source: rows.source, report: rows.report } } : {}),
  };
}

/** What stays of the data. */
function usedData(
  { splits, formats, dropped, quarantined, report }: CollectedData,
  train: Listed<DataRecord>,
): UsedData {
  const clusters = new Set<string>();
  for (const { meta } of train) if (meta?.cluster !== undefined) clusters.add(meta.cluster);
  const trained = { trained: train.length, clusters: [...clusters] };
  return { splits, formats, dropped, quarantined, report, ...trained };
}

/** The entries of a recipe's data with the dataset adapters that were found from their rows. */
function withFormats(data: Recipe['data'], formats: CollectedData['formats']): Recipe['data'] {
  return data.map((entry, index) => {
    const format = formats[index];
    return 'path' in entry && format !== undefined ? { ...entry, format } : entry;
  });
}

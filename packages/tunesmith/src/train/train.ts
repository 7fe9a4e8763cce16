import { readFile } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import {
  compare,
  type Comparison,
  type EvaluateEvent,
  type Evaluation,
} from '@tunesmith/evaluation';
import { modelFingerprint } from '@tunesmith/models';
import { saveModel } from '@tunesmith/models/node';
import { writeFileAtomically } from '@tunesmith/schema/node';
import { saveAdapter } from '@tunesmith/peft/node';
import type { Recipe, RecipeInput, RunEvent } from '@tunesmith/schema';
import { openTraining, type Training, type TrainResult } from '@tunesmith/trainer';
import { parse, stringify } from 'yaml';
import type { WrittenAnswer } from '../evaluation/examples.ts';
import { report } from '../report.ts';
import { openEventLog, type EventLog } from '../run/event-log.ts';
import { openRunFolder, type OpenFolder, type RunFolder } from '../run/folder.ts';
import { readResults, type RunResults } from '../run/read-run.ts';
import { parseRunRecipe } from '../run/run-recipe.ts';
import { placementOf, withLanguageModel, type Session } from '../session.ts';
import { identityOf } from './identity.ts';
import { adaptersOf } from './method.ts';
import { evaluationEvents, measureModel, measuringPlan, type Measured } from './measure.ts';
import { planRun, type PlanOptions, type RunPlan } from './plan.ts';
import { clustersOf, dataReportOf, findingsOf, type RunDataReport } from './run-data.ts';

/** What {@link train} takes besides the recipe. */
export interface TrainJobOptions extends PlanOptions {
  /** Hears of every event of the run, as it is written to `events.jsonl`. */
  onEvent?: (event: RunEvent) => void;
  /** Hears of the run's folder once it is ready. */
  onFolder?: (directory: string) => void;
  /** Hears how far an evaluation before or after training is. */
  onEvaluation?: (phase: 'before' | 'after', event: EvaluateEvent) => void;
  /** Aborting it ends the run after the step at hand, with a checkpoint. */
  signal?: AbortSignal;
}

/** What a run left. */
export interface TrainSummary {
  /** The folder of the run. */
  directory: string;
  recipe: Recipe;
  /** Steps done. */
  step: number;
  reason: TrainResult['reason'];
  /** The folder of the trained adapter, or of the model after full fine-tuning; absent where the run was interrupted. */
  adapter?: string;
  model?: string;
  /** The report's path; absent where the run was interrupted. */
  report?: string;
  before?: Evaluation;
  after?: Evaluation;
  /** Before against after, on the same instances. */
  comparison?: Comparison;
  answers: { before: readonly WrittenAnswer[]; after: readonly WrittenAnswer[] };
  best?: TrainResult['best'];
  data: RunDataReport;
  /** The families of tasks that training data came from, where records name them; others show transfer. */
  trainedClusters: readonly string[];
}

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

/** A run that is under way. */
interface Run {
  plan: RunPlan;
  folder: RunFolder;
  options: TrainJobOptions;
  emit: (event: RunEvent) => void;
  /** Absent where nothing trains. */
  training?: Training;
}

async function run(plan: RunPlan, options: TrainJobOptions): Promise<TrainSummary> {
  const folder = await openRunFolder(plan.intent);
  try {
    options.onFolder?.(folder.directory);
    return await runIn(folder, plan, options);
  } finally {
    await folder.release();
  }
}

async function runIn(
  folder: OpenFolder,
  plan: RunPlan,
  options: TrainJobOptions,
): Promise<TrainSummary> {
  const { recipe } = plan;
  const log: { events?: EventLog } = {};
  const emit = (event: RunEvent): void => {
    // What a line is about stands first in it, and when it happened last.
    const { time = new Date().toISOString(), ...rest } = event;
    const timed = { ...rest, time } as RunEvent;
    log.events?.append(timed);
    options.onEvent?.(timed);
  };
  // A run that must not go on from what is there is refused here, before anything in the folder changes.
  const training = await openRows(plan, folder, emit, options.signal);
  const earlier = recipe.resume ? await readEarlier(folder, plan) : undefined;
  const text = recipeText(recipe);
  await folder.claim(text);
  if (!earlier?.sameRecipe) await writeFileAtomically(folder.recipe, text);
  const data = dataReportOf(plan);
  await writeJson(folder.dataReport, data);
  const common = { directory: folder.directory, recipe, data, trainedClusters: clustersOf(plan) };
  log.events = openEventLog(folder.events);
  try {
    const parts = { plan, folder, options, emit, ...(training ? { training } : {}) };
    return { ...common, ...(await stages(parts, earlier?.before)) };
  } finally {
    log.events.close();
  }
}

type Common = Pick<TrainSummary, 'directory' | 'recipe' | 'data' | 'trainedClusters'>;

/** Measure, train, save, measure again, report. An interruption ends it in good order at any of them. */
async function stages(
  run: Run,
  earlier: Measured | undefined,
): Promise<Omit<TrainSummary, keyof Common>> {
  const { plan, folder, options, emit } = run;
  for (const finding of findingsOf(plan)) emit({ type: 'warning', ...finding });
  options.onWork?.('measuring before training');
  const before = earlier ?? (await unlessAborted(options.signal, () => measureBefore(run)));
  if (before === 'aborted')
    return { step: 0, reason: 'interrupted', answers: { before: [], after: [] } };
  const base = await modelFingerprint(plan.session.model);
  if (before) await writeJson(folder.results, { base, before } satisfies RunResults);

  options.onWork?.('preparing the first step');
  const result = await trainRows(run);
  const sofar = {
    step: result.step,
    reason: result.reason,
    answers: { before: before?.answers ?? [], after: [] },
    ...(result.best ? { best: result.best } : {}),
    ...(before ? { before: before.evaluation } : {}),
  };
  if (result.reason === 'interrupted') return sofar;

  options.onWork?.('saving what was trained');
  const saved = await save(plan, folder, result);
  options.onWork?.('measuring after training');
  const after = await unlessAborted(options.signal, () => measureAfter(run, result));
  if (after === 'aborted') return { ...sofar, ...saved, reason: 'interrupted' };
  if (after)
    await writeJson(folder.results, {
      base,
      ...(before ? { before } : {}),
      after,
    } satisfies RunResults);
  const summary = {
    ...sofar,
    ...saved,
    report: folder.report,
    answers: { before: before?.answers ?? [], after: after?.answers ?? [] },
    ...(after ? { after: after.evaluation } : {}),
    ...(before && after ? { comparison: compare(before.evaluation, after.evaluation) } : {}),
  };
  await report([folder.directory]);
  return summary;
}

/** What an earlier part of the run measured, if it measured the same; and whether its recipe is this one. */
async function readEarlier(
  folder: RunFolder,
  { recipe, session }: RunPlan,
): Promise<{ before?: Measured; sameRecipe: boolean }> {
  const text = await readFile(folder.recipe, 'utf8').catch(() => undefined);
  if (text === undefined) return { sameRecipe: false };
  const earlier = parseRunRecipe(text, folder.recipe);
  const measured = ({ data, model, evaluation, template, adapter, seed, plugins }: Recipe) => [
    [model.precision, model.head_precision, model.calibration_rows],
    data,
    evaluation,
    template,
    adapter,
    seed,
    plugins,
  ];
  const results = isDeepStrictEqual(measured(earlier), measured(recipe))
    ? await readResults(folder.results)
    : {};
  const before =
    results.base === (await modelFingerprint(session.model)) ? results.before : undefined;
  const sameRecipe = isDeepStrictEqual(earlier, parse(recipeText(recipe)));
  return { sameRecipe, ...(before ? { before } : {}) };
}

async function unlessAborted<Result>(
  signal: AbortSignal | undefined,
  job: () => Promise<Result>,
): Promise<Result | 'aborted'> {
  try {
    return await job();
  } catch (error) {
    if (signal?.aborted) return 'aborted';
    throw error;
  }
}

async function trainRows({ plan, training }: Run): Promise<TrainResult> {
  // Where every weight trains, the weights as they were make room.
  if (plan.tuning.kind === 'full') await plan.session.placement.release();
  if (training) return training.run();
  return { step: 0, reason: 'done', parameters: {}, adapters: [], model: plan.session.model };
}

/** Lays the training out and checks what it goes on from; undefined where nothing trains. */
async function openRows(
  plan: RunPlan,
  folder: RunFolder,
  emit: (event: RunEvent) => void,
  signal: AbortSignal | undefined,
): Promise<Training | undefined> {
  const { recipe, session, tuning, rows } = plan;
  if (tuning.kind === 'none' || !rows) return undefined;
  const evaluation = await measuringPlan(plan);
  const { steps, epochs, ...training } = recipe.training;
  return openTraining({
    model: session.model,
    place: session.placement.get,
    ...(tuning.kind === 'full' ? { full: true } : { adapters: [tuning.adapter] }),
    objective: recipe.objective,
    data: rows.source,
    training: { ...training, ...(steps === undefined ? { epochs: epochs ?? 1 } : { steps }) },
    template: plan.template,
    device: session.device,
    directory: folder.directory,
    seed: recipe.seed,
    resume: recipe.resume,
    identity: await identityOf(plan),
    plugins: {
      objectives: session.registry.all('objective'),
      optimizers: session.registry.all('optimizer'),
      schedules: session.registry.all('schedule'),
    },
    onEvent: (event) =>
      emit(
        event.type === 'start' ? { ...event, model: plan.modelName, method: tuning.label } : event,
      ),
    ...(session.tokenizer ? { tokenizer: session.tokenizer } : {}),
    ...(evaluation ? { evaluation } : {}),
    ...(signal ? { signal } : {}),
  });
}

async function measureBefore(run: Run): Promise<Measured | undefined> {
  const { plan } = run;
  if (plan.sets.tasks.length === 0 || !plan.recipe.evaluation.before) return undefined;
  // An adapter that training goes on with belongs to the model as it was; a new one does not.
  const continued = plan.recipe.adapter ? adaptersOf(plan.tuning) : [];
  return measurePhase(run, { ...plan.session, adapters: continued }, 'before', 0);
}

async function measureAfter(run: Run, result: TrainResult): Promise<Measured | undefined> {
  const { plan } = run;
  if (plan.sets.tasks.length === 0 || plan.tuning.kind === 'none') return undefined;
  const { session, tuning } = plan;
  const { adapters, model } = result;
  if (tuning.kind !== 'full')
    return measurePhase(run, { ...session, adapters }, 'after', result.step);
  const placement = placementOf(model, session.device);
  try {
    return await measurePhase(
      run,
      { ...session, model, adapters, placement },
      'after',
      result.step,
    );
  } finally {
    await placement.release();
  }
}

async function measurePhase(
  run: Run,
  session: Session,
  phase: 'before' | 'after',
  step: number,
): Promise<Measured> {
  const { onEvaluation, signal } = run.options;
  const measured = await withLanguageModel(session, (languageModel) =>
    measureModel(run.plan, languageModel, {
      ...(onEvaluation ? { onEvent: (event) => onEvaluation(phase, event) } : {}),
      ...(signal ? { signal } : {}),
    }),
  );
  for (const event of evaluationEvents(measured.evaluation, phase, step)) run.emit(event);
  return measured;
}

async function save(
  plan: RunPlan,
  folder: RunFolder,
  result: TrainResult,
): Promise<{ adapter?: string; model?: string }> {
  if (plan.tuning.kind === 'full') {
    await saveModel(result.model, folder.model);
    return { model: folder.model };
  }
  const [adapter] = result.adapters;
  if (!adapter) return {};
  const base = { baseModel: plan.recipe.model.from, model: plan.session.model };
  await saveAdapter(folder.adapter, adapter, base);
  return { adapter: folder.adapter };
}

function recipeText(recipe: Recipe): string {
  return `# Every default is written out and every path is absolute: this file repeats the run.\n${stringify({ ...recipe, resume: false })}`;
}

async function writeJson(file: string, value: unknown): Promise<void> {
  await writeFileAtomically(file, `${JSON.stringify(value, null, 2)}\n`);
}

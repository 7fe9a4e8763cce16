import { readFile } from 'node:fs/promises';
import {
  compare,
  type Comparison,
  type EvaluateEvent,
  type Evaluation,
} from '@tunesmith/evaluation';
import { saveModel, writeFileAtomically } from '@tunesmith/models';
import { saveAdapter } from '@tunesmith/peft';
import type { DataReport } from '@tunesmith/datasets';
import { isTokenized, type Recipe, type RecipeInput, type RunEvent } from '@tunesmith/schema';
import {
  findings,
  train as runTraining,
  type DataReport as TokenReport,
  type TrainResult,
} from '@tunesmith/trainer';
import { stringify } from 'yaml';
import type { WrittenAnswer } from '../evaluation/examples.ts';
import { openEventLog, readEvents } from '../run/event-log.ts';
import { openRunFolder, type RunFolder } from '../run/folder.ts';
import { languageModelOf, type Session } from '../session.ts';
import { evaluationEvents, measureModel, measuringPlan, type Measured } from './measure.ts';
import { planRun, type PlanOptions, type RunPlan } from './plan.ts';
import { reportOf } from './report.ts';
import { renderReport } from '../report/render.ts';

/** What {@link train} takes besides the recipe. */
export interface TrainJobOptions extends PlanOptions {
  /** Hears of every event of the run, as it is written to `events.jsonl`. */
  onEvent?: (event: RunEvent) => void;
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

/** What stands in `data-report.json`. */
export interface RunDataReport {
  /** Rows in, rows out and why, step after step. */
  steps: DataReport['steps'];
  /** Records of each split. */
  splits: Readonly<Record<string, number>>;
  /** How training records became rows. */
  training?: TokenReport;
}

/** What stands in `results.json`. */
interface Results {
  before?: Measured;
  after?: Measured;
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

async function run(plan: RunPlan, options: TrainJobOptions): Promise<TrainSummary> {
  const { recipe } = plan;
  const folder = await openRunFolder(recipe.output, { ...options, resume: recipe.resume });
  const earlier = recipe.resume ? await readJson<Results>(folder.results) : undefined;
  const data = dataReportOf(plan);
  await writeFileAtomically(folder.recipe, recipeText({ ...recipe, resume: false }));
  await writeJson(folder.dataReport, data);
  const log = openEventLog(folder.events);
  const emit = (event: RunEvent): void => {
    // What a line is about stands first in it, and when it happened last.
    const { time = new Date().toISOString(), ...rest } = event;
    const timed = { ...rest, time } as RunEvent;
    log.append(timed);
    options.onEvent?.(timed);
  };
  try {
    for (const finding of plan.rows ? findings(plan.rows.report) : [])
      emit({ type: 'warning', ...finding });
    const before = earlier?.before ?? (await measureBefore(plan, options, emit));
    if (before) await writeJson(folder.results, { before } satisfies Results);
    const result = await trainRows(plan, folder, options, emit);
    const common = {
      directory: folder.directory,
      recipe,
      step: result.step,
      reason: result.reason,
      data,
      trainedClusters: clustersOf(plan),
    };
    const best = result.best ? { best: result.best } : {};
    if (result.reason === 'interrupted') {
      const answers = { before: before?.answers ?? [], after: [] };
      return { ...common, ...best, answers, ...(before ? { before: before.evaluation } : {}) };
    }
    const saved = await save(plan, folder, result);
    const after =
      plan.tuning.kind === 'none' ? undefined : await measureAfter(plan, result, options, emit);
    const results: Results = { ...(before ? { before } : {}), ...(after ? { after } : {}) };
    if (before || after) await writeJson(folder.results, results);
    const summary: TrainSummary = {
      ...common,
      ...best,
      ...saved,
      report: folder.report,
      answers: { before: before?.answers ?? [], after: after?.answers ?? [] },
      ...(before ? { before: before.evaluation } : {}),
      ...(after ? { after: after.evaluation } : {}),
      ...(before && after ? { comparison: compare(before.evaluation, after.evaluation) } : {}),
    };
    await writeFileAtomically(
      folder.report,
      renderReport(reportOf(plan, summary, await readEvents(folder.events))),
    );
    return summary;
  } finally {
    log.close();
  }
}

async function trainRows(
  plan: RunPlan,
  folder: RunFolder,
  options: TrainJobOptions,
  emit: (event: RunEvent) => void,
): Promise<TrainResult> {
  const { recipe, session, tuning, rows } = plan;
  if (tuning.kind === 'none' || !rows) {
    return { step: 0, reason: 'done', parameters: {}, adapters: [], model: session.model };
  }
  const evaluation = await measuringPlan(plan);
  const { steps, epochs, ...training } = recipe.training;
  return runTraining({
    model: session.model,
    ...(tuning.kind === 'full' ? { full: true } : { adapters: [tuning.adapter] }),
    data: rows.source,
    training: { ...training, ...(steps === undefined ? { epochs: epochs ?? 1 } : { steps }) },
    template: plan.template,
    device: session.device,
    directory: folder.directory,
    seed: recipe.seed,
    resume: recipe.resume,
    plugins: {
      optimizers: session.registry.all('optimizer'),
      schedules: session.registry.all('schedule'),
    },
    onEvent: (event) =>
      emit(
        event.type === 'start' ? { ...event, model: plan.modelName, method: tuning.label } : event,
      ),
    ...(session.tokenizer ? { tokenizer: session.tokenizer } : {}),
    ...(evaluation ? { evaluation } : {}),
    ...(options.signal ? { signal: options.signal } : {}),
  });
}

async function measureBefore(
  plan: RunPlan,
  options: TrainJobOptions,
  emit: (event: RunEvent) => void,
): Promise<Measured | undefined> {
  if (plan.sets.tasks.length === 0 || !plan.recipe.evaluation.before) return undefined;
  // An adapter that training goes on with belongs to the model as it was; a new one does not.
  const continued =
    plan.recipe.adapter && plan.tuning.kind === 'adapter' ? [plan.tuning.adapter] : [];
  return measurePhase(plan, { ...plan.session, adapters: continued }, 'before', 0, options, emit);
}

async function measureAfter(
  plan: RunPlan,
  result: TrainResult,
  options: TrainJobOptions,
  emit: (event: RunEvent) => void,
): Promise<Measured | undefined> {
  if (plan.sets.tasks.length === 0) return undefined;
  const tuned = { ...plan.session, model: result.model, adapters: result.adapters };
  return measurePhase(plan, tuned, 'after', result.step, options, emit);
}

async function measurePhase(
  plan: RunPlan,
  session: Session,
  phase: 'before' | 'after',
  step: number,
  options: TrainJobOptions,
  emit: (event: RunEvent) => void,
): Promise<Measured> {
  const languageModel = languageModelOf(session);
  const { onEvaluation, signal } = options;
  const measured = await measureModel(plan, languageModel, {
    ...(onEvaluation ? { onEvent: (event) => onEvaluation(phase, event) } : {}),
    ...(signal ? { signal } : {}),
  });
  for (const event of evaluationEvents(measured.evaluation, phase, step)) emit(event);
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
  await saveAdapter(folder.adapter, adapter, { baseModel: plan.recipe.model });
  return { adapter: folder.adapter };
}

function dataReportOf(plan: RunPlan): RunDataReport {
  const { data, rows } = plan;
  const counts = [...data.splits].map(([name, records]): [string, number] => [
    name,
    records.length,
  ]);
  return {
    steps: data.report.steps,
    splits: { train: data.train.length, ...Object.fromEntries(counts) },
    ...(rows ? { training: rows.report } : {}),
  };
}

function clustersOf(plan: RunPlan): string[] {
  const texts = plan.data.train.filter((record) => !isTokenized(record));
  return [...new Set(texts.flatMap(({ meta }) => meta?.cluster ?? []))];
}

function recipeText(recipe: Recipe): string {
  return `# Every default is written out and every path is absolute: this file repeats the run.\n${stringify(recipe)}`;
}

async function writeJson(file: string, value: unknown): Promise<void> {
  await writeFileAtomically(file, `${JSON.stringify(value, null, 2)}\n`);
}

async function readJson<Value>(file: string): Promise<Value | undefined> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as Value);
}

import { compare } from '@tunesmith/evaluation';
import { modelFingerprint } from '@tunesmith/models';
import { saveModel } from '@tunesmith/models/node';
import { writeFileAtomically } from '@tunesmith/schema/node';
import type { RecipeInput, RunEvent } from '@tunesmith/schema';
import type { TrainResult } from '@tunesmith/trainer';
import { report } from '../report.ts';
import { saveAdapters } from '../run/adapter-folder.ts';
import { openEventLog, type EventLog } from '../run/event-log.ts';
import { openRunFolder, type OpenFolder, type RunFolder } from '../run/folder.ts';
import type { RunResults } from '../run/read-run.ts';
import { readEarlier, recipeText } from './earlier.ts';
import type { Run, TrainJobOptions, TrainSummary } from './job.ts';
import { measureAfter, measureBefore } from './measure-run.ts';
import type { Measured } from './measure.ts';
import { openRows } from './open-rows.ts';
import { planRun, type RunPlan } from './plan.ts';
import { clustersOf, dataReportOf, findingsOf } from './run-data.ts';

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
    return { ...common, ...(await phases(parts, earlier?.before)) };
  } finally {
    log.events.close();
  }
}

type Common = Pick<TrainSummary, 'directory' | 'recipe' | 'data' | 'trainedClusters'>;

/** Measure, train, save, measure again, report. An interruption ends it in good order at any of them. */
async function phases(
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

async function save(
  plan: RunPlan,
  folder: RunFolder,
  result: TrainResult,
): Promise<{ adapter?: string; model?: string }> {
  if (plan.tuning.kind === 'full') {
    await saveModel(result.model, folder.model);
    return { model: folder.model };
  }
  if (result.adapters.length === 0) return {};
  const base = { baseModel: plan.recipe.model.from, model: plan.session.model };
  await saveAdapters(folder.adapter, result.adapters, base);
  return { adapter: folder.adapter };
}

async function writeJson(file: string, value: unknown): Promise<void> {
  await writeFileAtomically(file, `${JSON.stringify(value, null, 2)}\n`);
}

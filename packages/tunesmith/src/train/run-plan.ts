import { compare } from '@tunesmith/evaluation';
import { modelFingerprint } from '@tunesmith/models';
import { renderReport } from '@tunesmith/report';
import type { RunEvent } from '@tunesmith/schema';
import type { TrainResult } from '@tunesmith/trainer';
import { reportOfRun } from '../report/of-runs.ts';
import type { EventLog } from '../run/events.ts';
import { readRun, runFiles, type RunResults } from '../run/read-run.ts';
import { readEarlier, recipeText } from './earlier.ts';
import type { Run, RunOptions, RunStore, TrainSummary } from './job.ts';
import { measureAfter, measureBefore } from './measure-run.ts';
import type { Measured } from './measure.ts';
import { openRows } from './open-rows.ts';
import type { RunPlan } from './plan.ts';
import { contentOf, droppedLines } from '../data/dropped.ts';
import { dataReportOf, findingsOf } from './run-data.ts';

/**
 * Runs what is planned: measures the model, trains, measures again, and keeps the adapter (or the model), every event, checkpoints,
 * the recipe and a report.
 *
 * @param store where all that is kept
 */
export async function runPlan(
  plan: RunPlan,
  store: RunStore,
  options: RunOptions,
): Promise<TrainSummary> {
  const { recipe } = plan;
  const { files } = store;
  const log: { events?: EventLog } = {};
  const emit = (event: RunEvent): void => {
    // What a line is about stands first in it, and when it happened last.
    const { time = new Date().toISOString(), ...rest } = event;
    const timed = { ...rest, time } as RunEvent;
    log.events?.append(timed);
    options.onEvent?.(timed);
  };
  // A run that must not go on from what is there is refused here, before anything in the folder changes.
  const training = await openRows(plan, store, emit, options.signal);
  const earlier = recipe.resume ? await readEarlier(files, plan) : undefined;
  const text = recipeText(recipe);
  await store.claim(text);
  if (!earlier?.sameRecipe) await files.write(runFiles.recipe, text);
  const data = dataReportOf(plan);
  await files.write(runFiles.dataReport, jsonText(data));
  const { dropped, quarantined } = plan.data;
  if (dropped.length > 0) await files.write(runFiles.dropped, contentOf(droppedLines(dropped)));
  if (quarantined.length > 0) await files.write(runFiles.quarantine, contentOf(quarantined));
  const directory = store.place();
  const common = { directory, recipe, data, trainedClusters: plan.data.clusters };
  log.events = await store.openEvents();
  try {
    const parts = { plan, store, options, emit, ...(training ? { training } : {}) };
    return { ...common, ...(await phases(parts, earlier?.before)) };
  } finally {
    await log.events.close();
  }
}

type Common = Pick<TrainSummary, 'directory' | 'recipe' | 'data' | 'trainedClusters'>;

/** Measure, train, save, measure again, report. An interruption ends it in good order at any of them. */
async function phases(
  run: Run,
  earlier: Measured | undefined,
): Promise<Omit<TrainSummary, keyof Common>> {
  const { plan, store, options, emit } = run;
  const { files } = store;
  for (const finding of findingsOf(plan)) emit({ type: 'warning', ...finding });
  options.onWork?.('measuring before training');
  const before = earlier ?? (await unlessAborted(options.signal, () => measureBefore(run)));
  if (before === 'aborted')
    return { step: 0, reason: 'interrupted', answers: { before: [], after: [] } };
  const base = await modelFingerprint(plan.session.model);
  if (before) await files.write(runFiles.results, jsonText({ base, before } satisfies RunResults));

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
  const saved = await save(plan, store, result);
  options.onWork?.('measuring after training');
  const after = await unlessAborted(options.signal, () => measureAfter(run, result));
  if (after === 'aborted') return { ...sofar, ...saved, reason: 'interrupted' };
  if (after)
    await files.write(
      runFiles.results,
      jsonText({ base, ...(before ? { before } : {}), after } satisfies RunResults),
    );
  const summary = {
    ...sofar,
    ...saved,
    report: store.place(runFiles.report),
    answers: { before: before?.answers ?? [], after: after?.answers ?? [] },
    ...(after ? { after: after.evaluation } : {}),
    ...(before && after ? { comparison: compare(before.evaluation, after.evaluation) } : {}),
  };
  await files.write(runFiles.report, renderReport(reportOfRun(await readRun(files))));
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
  store: RunStore,
  result: TrainResult,
): Promise<{ adapter?: string; model?: string }> {
  if (plan.tuning.kind === 'full') {
    await store.saveModel(result.model);
    return { model: store.place('model') };
  }
  if (result.adapters.length === 0) return {};
  const base = { baseModel: plan.recipe.model.from, model: plan.session.model };
  await store.saveAdapters(result.adapters, base);
  return { adapter: store.place('adapter') };
}

function jsonText(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

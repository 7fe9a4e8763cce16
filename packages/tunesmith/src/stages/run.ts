import type { EvaluateEvent } from '@tunesmith/evaluation';
import { writeFileAtomically } from '@tunesmith/schema/node';
import {
  TunesmithError,
  type FileRecord,
  type Mention,
  type Recipe,
  type RecipeInput,
  type RunEvent,
} from '@tunesmith/schema';
import { stringify } from 'yaml';
import { report } from '../report.ts';
import { openEventLog } from '../run/event-log.ts';
import { openRunFolder, type OpenFolder } from '../run/folder.ts';
import { requireUnlocked } from '../run/lock.ts';
import { readMarker } from '../run/marker.ts';
import { removeWritten } from '../run/remove.ts';
import type { PlanOptions } from '../train/plan-run.ts';
import type { TrainSummary } from '../train/job.ts';
import { jobOf } from './jobs.ts';
import { filesRead, filesWritten, type FileRecords } from './files.ts';
import type { StagePlan } from './held.ts';
import { planStages, type StagedPlan } from './plan.ts';
import { stageFolder } from './reference.ts';
import { resolveReferences } from './references.ts';

/** What {@link runStages} takes besides the recipe. */
export interface StagesOptions extends PlanOptions {
  /** Hears of every event: those of the whole run, and those of its stages with the stage's name. */
  onEvent?: (event: RunEvent, stage?: string) => void;
  /** Hears of the run's folder once it is ready. */
  onFolder?: (directory: string) => void;
  /** Hears how far an evaluation of a stage is. */
  onEvaluation?: (phase: 'before' | 'after', event: EvaluateEvent, stage: string) => void;
  /** Where workers answer what stages ask that write data; absent: this process asks. */
  queue?: Mention;
  /** Aborting it ends the stage at hand in good order, and the run with it. */
  signal?: AbortSignal;
}

/** What came of one stage. */
export interface StageSummary {
  name: string;
  job: string;
  directory: string;
  /** `kept`: it was finished before. */
  reason: 'done' | 'kept' | 'interrupted';
  /** What training and measuring found, where the stage was run now and does that. */
  summary?: TrainSummary;
}

/** What a staged run left. */
export interface StagesSummary {
  directory: string;
  recipe: Recipe;
  /** Those that were come to, in order. */
  stages: readonly StageSummary[];
  reason: 'done' | 'interrupted';
  /** The report's path; absent where the run was interrupted. */
  report?: string;
}

/**
 * Runs a staged recipe: one job after the other, each in a run folder of its own, `stages/NAME`, and what one leaves is there for
 * the next. Everything that can be checked without running a stage is checked before the first.
 *
 * With `resume` it goes on in the first stage that is not finished; finished ones are kept as long as what
 * they left and what they read is as it was.
 *
 * @throws TunesmithError of `planStages` before anything is written, and of the stage that fails
 */
export async function runStages(
  recipe: RecipeInput | string,
  options: StagesOptions = {},
): Promise<StagesSummary> {
  const plan = await planStages(recipe, options);
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
  plan: StagedPlan,
  options: StagesOptions,
): Promise<StagesSummary> {
  const { directory } = folder;
  const text = `# Every path is absolute: this file repeats the run.\n${stringify({ ...plan.written, resume: false })}`;
  await folder.claim(text);
  await writeFileAtomically(folder.recipe, text);
  const log = openEventLog(folder.events);
  const emit = (event: RunEvent): void => {
    const timed = { ...event, time: new Date().toISOString() };
    log.append(timed);
    options.onEvent?.(timed);
  };
  const stages: StageSummary[] = [];
  const read: Record<string, FileRecord> = {};
  try {
    await makeRoom(plan.stages, directory, emit);
    for (const stage of plan.stages) {
      const done = await runStage(stage, directory, { ...options, emit, read });
      stages.push(done);
      if (done.reason === 'interrupted')
        return { directory, recipe: plan.recipe, stages, reason: 'interrupted' };
    }
    await report([directory]);
    return { directory, recipe: plan.recipe, stages, reason: 'done', report: folder.report };
  } finally {
    log.close();
  }
}

/** What stages that are done again left goes first, the last of them first: after a kill what an earlier one left is gone still. */
async function makeRoom(
  stages: readonly StagePlan[],
  run: string,
  emit: (event: RunEvent) => void,
): Promise<void> {
  const again = stages.filter((plan) => plan.again !== undefined);
  for (const { stage } of again) await requireUnlocked(stageFolder(run, stage.name));
  for (const { again: message = '' } of again)
    emit({ type: 'warning', code: 'stage-again', message });
  for (const { stage } of again.toReversed()) {
    const folder = stageFolder(run, stage.name);
    const marker = await readMarker(folder);
    if (marker) await removeWritten(folder, marker.wrote);
  }
}

interface RunningStages extends StagesOptions {
  readonly emit: (event: RunEvent) => void;
  /** The files that stages read so far. */
  readonly read: Record<string, FileRecord>;
}

async function runStage(
  { stage, digest, finished, again }: StagePlan,
  run: string,
  { emit, read: known, ...options }: RunningStages,
): Promise<StageSummary> {
  const { name, job } = stage;
  const directory = stageFolder(run, name);
  const told = { name, job, directory };
  if (finished) return { ...told, reason: 'kept' };
  if (options.signal?.aborted) return { ...told, reason: 'interrupted' };
  const begun = performance.now();
  emit({ type: 'stage-start', stage: name, job, recipe: digest });
  const end = (
    reason: 'done' | 'interrupted' | 'failed',
    more: { message?: string; wrote?: FileRecords; read?: FileRecords } = {},
  ): void =>
    emit({
      type: 'stage-end',
      stage: name,
      job,
      reason,
      recipe: digest,
      seconds: (performance.now() - begun) / 1000,
      ...more,
    });
  const { plugins, onWork, onEvent, onEvaluation, queue, signal } = options;
  try {
    const read = await filesRead(stage, known);
    Object.assign(known, read);
    const isThere = (await readMarker(directory)) !== undefined;
    const { reason, summary } = await jobOf(stage).run(resolveReferences(stage, run), {
      directory,
      resume: isThere && again === undefined,
      overwrite: isThere && again !== undefined,
      ...(plugins ? { plugins } : {}),
      ...(onWork ? { onWork } : {}),
      ...(signal ? { signal } : {}),
      ...(queue === undefined ? {} : { queue }),
      onEvent: (event) => onEvent?.(event, name),
      onEvaluation: (phase, event) => onEvaluation?.(phase, event, name),
    });
    end(reason, reason === 'done' ? { wrote: await filesWritten(directory), read } : {});
    return { ...told, reason, ...(summary ? { summary } : {}) };
  } catch (error) {
    end('failed', { message: TunesmithError.is(error) ? error.message : String(error) });
    throw error;
  }
}

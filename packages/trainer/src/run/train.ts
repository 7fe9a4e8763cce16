import { join } from 'node:path';
import { withFeeds } from '@tunesmith/peft';
import type { HostTensor } from '@tunesmith/runtime';
import type { RunEvent, StepEvent } from '@tunesmith/schema';
import { listCheckpoints, readCheckpoint, writeCheckpoint } from '../checkpoint/checkpoint.ts';
import type { Checkpoint } from '../checkpoint/checkpoint.ts';
import { requireSameRun } from '../checkpoint/fingerprint.ts';
import { previewRows } from '../data/preview.ts';
import { findings } from '../data/report.ts';
import { createRunner } from '../step/runner.ts';
import type { StepRunner } from '../step/runner.ts';
import { everyBatch } from './batches.ts';
import type { EvaluationContext, TrainOptions, TrainResult } from './options.ts';
import { checkLength, elements, setUp } from './setup.ts';
import type { RunSetup } from './setup.ts';
import { judge } from './watch.ts';
import type { Standing } from './watch.ts';

/**
 * Trains a model, or adapters on it.
 *
 * One update = `gradient_accumulation` micro-batches of `batch_size` rows; its loss is the sum of the token losses over
 * the supervised tokens of the whole update, divided by their number. Everything random follows from the seed and the
 * step, so a run that goes on from a checkpoint computes what it would have computed uninterrupted, bit for bit on `cpu`.
 *
 * @throws TunesmithError before the first step for settings and data that cannot train (`nothing-supervised`,
 * `too-long`, `token-out-of-range`, `unknown-name`, `different-run`, …); during it `not-finite`, `write-failed`.
 */
export async function train(options: TrainOptions): Promise<TrainResult> {
  const setup = await setUp(options);
  const emit = (event: RunEvent): void =>
    options.onEvent?.({ time: new Date().toISOString(), ...event });
  const resumed = options.resume ? await findCheckpoint(options, setup) : undefined;
  const runner = createRunner(
    options.device,
    {
      model: options.model,
      trainable: setup.trainable,
      optimizer: setup.optimizer,
      maxGradNorm: setup.training.max_grad_norm,
      labelSmoothing: setup.training.label_smoothing,
      accumulation: setup.training.gradient_accumulation,
    },
    resumed?.checkpoint ?? { parameters: setup.trainable.parameters },
  );
  try {
    announce(options, setup, emit);
    if (resumed)
      emit({ type: 'resume', step: resumed.checkpoint.progress.step, path: resumed.path });
    return await run(options, setup, runner, emit, resumed?.checkpoint);
  } finally {
    runner.dispose();
  }
}

async function run(
  options: TrainOptions,
  setup: RunSetup,
  runner: StepRunner,
  emit: (event: RunEvent) => void,
  resumed?: Checkpoint,
): Promise<TrainResult> {
  const { plan, training } = setup;
  const { evaluation, signal } = options;
  const started = performance.now();
  let step = resumed?.progress.step ?? 0;
  let standing = standingOf(resumed);
  let saved = step;
  let reason: TrainResult['reason'] = 'done';

  const save = async (): Promise<void> => {
    if (!options.directory || (saved === step && step > 0)) return;
    const checkpoint = {
      ...here(),
      state: await runner.state(),
      parameters: await runner.parameters(),
    };
    const path = await writeCheckpoint(
      join(options.directory, 'checkpoints'),
      checkpoint,
      training.keep_checkpoints,
    );
    saved = step;
    emit({ type: 'checkpoint', step, path });
  };
  const here = (): Pick<Checkpoint, 'progress' | 'description'> => ({
    progress: { step, position: plan.position(step), seed: options.seed, ...standing },
    description: setup.description,
  });

  while (step < plan.steps) {
    if (signal?.aborted) {
      reason = 'interrupted';
      break;
    }
    emit(await oneStep(step + 1, options, setup, runner));
    step++;
    let stop = false;
    if (evaluation && evaluation.every > 0 && step % evaluation.every === 0) {
      const outcome = await evaluation.run(evaluationContext(step, options, setup, runner));
      for (const result of outcome.results)
        emit({ type: 'evaluation', step, phase: 'during', ...result });
      const verdict = judge(standing, step, outcome, evaluation);
      standing = verdict.standing;
      stop = verdict.stop;
      if (verdict.improved && standing.best) {
        const folder =
          options.directory && evaluation.keepBest ? join(options.directory, 'best') : undefined;
        const path =
          folder &&
          (await writeCheckpoint(folder, { ...here(), parameters: await runner.parameters() }, 1));
        emit({
          type: 'best',
          step,
          metric: standing.best.metric,
          value: standing.best.value,
          ...(path ? { path } : {}),
        });
      }
    }
    if (training.checkpoint_every > 0 && step % training.checkpoint_every === 0) await save();
    if (stop) {
      reason = 'early-stopping';
      break;
    }
  }
  await save();
  const parameters = await finalParameters(options, standing, runner, reason);
  emit({ type: 'end', step, reason, seconds: (performance.now() - started) / 1000 });
  return {
    step,
    reason,
    parameters,
    adapters: (options.adapters ?? []).map((adapter) => withFeeds(adapter, parameters)),
    model: options.full ? { ...options.model, parameters } : options.model,
    ...(standing.best ? { best: standing.best } : {}),
    ...(setup.report ? { report: setup.report } : {}),
  };
}

function standingOf(resumed?: Checkpoint): Standing {
  if (!resumed) return { evaluationsWithoutImprovement: 0 };
  const { best, evaluationsWithoutImprovement } = resumed.progress;
  return { evaluationsWithoutImprovement, ...(best ? { best } : {}) };
}

async function oneStep(
  step: number,
  options: TrainOptions,
  setup: RunSetup,
  runner: StepRunner,
): Promise<StepEvent> {
  const { plan, schedule, training } = setup;
  const begun = performance.now();
  const learningRate = training.optimizer.learning_rate * schedule(step - 1, plan.steps);
  const { batches, seeds } = plan.batches(step);
  const outcome = await runner.step(batches, { step, learningRate, seeds });
  const seconds = (performance.now() - begun) / 1000;
  const more = {
    accuracy: outcome.correct / outcome.supervised,
    tokens_per_second: outcome.tokens / seconds,
  };
  return {
    type: 'step',
    step,
    loss: outcome.loss,
    grad_norm: outcome.gradientNorm,
    learning_rate: learningRate,
    supervised_tokens: outcome.supervised,
    tokens: outcome.tokens,
    seconds,
    epoch: plan.epoch(step),
    ...more,
  };
}

function evaluationContext(
  step: number,
  options: TrainOptions,
  setup: RunSetup,
  runner: StepRunner,
): EvaluationContext {
  return {
    step,
    parameters: () => runner.parameters(),
    async adapters() {
      const parameters = await runner.parameters();
      return (options.adapters ?? []).map((adapter) => withFeeds(adapter, parameters));
    },
    async measure(source) {
      const { virtualTokens } = setup.trainable;
      checkLength(source.tokens + virtualTokens.keys, options.model.spec.maximumPositions);
      const total = { loss: 0, correct: 0, supervised: 0 };
      for (const batch of everyBatch(source, setup.plan.shape, options.model.spec.vocabulary)) {
        const found = await runner.measure(batch);
        total.loss += found.loss;
        total.correct += found.correct;
        total.supervised += found.supervised;
      }
      const { loss, correct, supervised } = total;
      return {
        loss: loss / supervised,
        accuracy: correct / supervised,
        supervisedTokens: supervised,
      };
    },
  };
}

/** The best parameters where they were kept and the run came to its end, else the last ones. */
async function finalParameters(
  options: TrainOptions,
  standing: Standing,
  runner: StepRunner,
  reason: TrainResult['reason'],
): Promise<Record<string, HostTensor>> {
  if (
    options.directory &&
    options.evaluation?.keepBest &&
    standing.best &&
    reason !== 'interrupted'
  ) {
    const newest = (await listCheckpoints(join(options.directory, 'best'))).at(-1);
    if (newest) return { ...(await readCheckpoint(newest)).parameters };
  }
  return runner.parameters();
}

async function findCheckpoint(
  options: TrainOptions,
  setup: RunSetup,
): Promise<{ path: string; checkpoint: Checkpoint } | undefined> {
  const path =
    options.directory && (await listCheckpoints(join(options.directory, 'checkpoints'))).at(-1);
  if (!path) return undefined;
  const checkpoint = await readCheckpoint(path);
  requireSameRun(setup.description, checkpoint.description, path);
  return { path, checkpoint };
}

function announce(options: TrainOptions, setup: RunSetup, emit: (event: RunEvent) => void): void {
  const { plan, report, trainable } = setup;
  const { tokenizer } = options;
  const first_batch = previewRows(plan.firstRows(), tokenizer && ((ids) => tokenizer.decode(ids)));
  const start = {
    type: 'start' as const,
    steps: plan.steps,
    device: options.device.name,
    seed: options.seed,
    trainable_parameters: elements(trainable.parameters),
    total_parameters: elements({ ...trainable.frozen, ...trainable.parameters }),
    rows: setup.source.rows,
    tokens_per_row: setup.source.tokens,
    ...(report ? { examples: report.examples, data: report } : {}),
    first_batch,
  };
  emit(start);
  for (const finding of report ? findings(report) : []) emit({ type: 'warning', ...finding });
}

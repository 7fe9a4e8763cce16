import { overlayWeights, placeModel } from '@tunesmith/models';
import { withFeeds } from '@tunesmith/peft';
import type { HostTensor } from '@tunesmith/runtime';
import { showValue, TunesmithError, type RunEvent, type StepEvent } from '@tunesmith/schema';
import type { Checkpoint } from '../checkpoint/checkpoint.ts';
import { noCheckpoints } from '../checkpoint/store.ts';
import type { CheckpointStore, Resumption } from '../checkpoint/store.ts';
import { meansOf } from '../objectives/objective.ts';
import { createRunner } from '../step/runner.ts';
import type { StepRunner } from '../step/runner.ts';
import { openingEvents } from './announce.ts';
import { evaluationContext } from './evaluation-context.ts';
import type { EvaluationPlan, TrainOptions, TrainResult } from './options.ts';
import { bestOrLoss, resumptionWarnings } from './resumption.ts';
import { setUp } from './setup.ts';
import type { RunSetup } from './setup.ts';
import { isSpent, judge } from './watch.ts';
import type { EarlyStopping } from './watch.ts';

/** A run that was checked and laid out, and waits for its first step. */
export interface Training {
  /** The step that the run goes on from; absent where it starts. */
  readonly resumedStep?: number;
  /** Runs it, once. @throws TunesmithError `not-finite`, `write-failed`, `output-exists` */
  run(): Promise<TrainResult>;
}

/**
 * Checks everything and writes nothing: settings, data, and the checkpoint that the run goes on from.
 *
 * @throws TunesmithError for settings and data that cannot train (`nothing-supervised`, `too-long`, `token-out-of-range`,
 * `unknown-name`, …), for a checkpoint of another run (`different-run`) and where none is whole (`damaged-checkpoint`).
 */
export async function openTraining(options: TrainOptions): Promise<Training> {
  const setup = await setUp(options);
  const store = options.checkpoints ?? noCheckpoints();
  const resumed = options.resume ? await store.find(setup.description) : undefined;
  return {
    ...(resumed ? { resumedStep: resumed.checkpoint.progress.step } : {}),
    run: () => start(options, setup, store, resumed),
  };
}

/**
 * Trains a model, or adapters on it.
 *
 * One update = `gradient_accumulation` micro-batches of `batch_size` rows; its loss is the objective's over all
 * of them, divided by the normalizer of the whole update: for `causal-lm` the number of its supervised tokens. Everything random follows from the seed and the
 * step, so a run that goes on from a checkpoint computes what it would have computed uninterrupted, bit for bit on `cpu`.
 *
 * @throws TunesmithError those of {@link openTraining} before the first step; after it `not-finite`, `write-failed`.
 */
export async function train(options: TrainOptions): Promise<TrainResult> {
  return (await openTraining(options)).run();
}

async function start(
  options: TrainOptions,
  setup: RunSetup,
  store: CheckpointStore,
  resumed: Resumption | undefined,
): Promise<TrainResult> {
  const { training, trainable } = setup;
  if (!options.resume) await store.requireNone();
  const emit = (event: RunEvent): void =>
    options.onEvent?.({ time: new Date().toISOString(), ...event });
  const settings = {
    objective: setup.objective,
    trainable,
    optimizer: setup.optimizer,
    maxGradNorm: training.max_grad_norm,
    baseDropout: training.base_dropout === 'configured',
    steps: setup.plan.steps,
    accumulation: training.gradient_accumulation,
  };
  const first = resumed?.checkpoint ?? { parameters: trainable.parameters };
  const placed = options.full
    ? undefined
    : await (options.place?.() ?? placeModel(options.model, options.device));
  const runner = createRunner(options.device, settings, {
    ...first,
    ...(placed ? { placed: placed.tensors } : {}),
  });
  const parts = { options, setup, store, runner, emit };
  try {
    for (const event of openingEvents(options, setup, placed?.precision ?? 'float32')) emit(event);
    if (options.resume) {
      // a run that was stopped before its first checkpoint starts again, and its log says so
      emit({
        type: 'resume',
        step: resumed?.checkpoint.progress.step ?? 0,
        ...(resumed ? { path: resumed.path } : {}),
      });
    }
    if (resumed) for (const warning of await resumptionWarnings(resumed, parts)) emit(warning);
    return await run(parts, resumed?.checkpoint);
  } finally {
    await runner.dispose();
    if (!options.place) placed?.dispose();
  }
}

/** Everything that stays the same over a run. */
interface Run {
  readonly options: TrainOptions;
  readonly setup: RunSetup;
  readonly store: CheckpointStore;
  readonly runner: StepRunner;
  readonly emit: (event: RunEvent) => void;
}

async function run(parts: Run, resumed?: Checkpoint): Promise<TrainResult> {
  const { options, setup, store, runner, emit } = parts;
  const { plan, training } = setup;
  const { evaluation, signal } = options;
  const started = performance.now();
  let step = resumed?.progress.step ?? 0;
  let earlyStopping = earlyStoppingOf(resumed);
  let saved = step;
  // a run that had stopped early before it was killed has nothing left to do
  let reason: TrainResult['reason'] =
    resumed && evaluation && isSpent(earlyStopping, evaluation) ? 'early-stopping' : 'done';

  const save = async (): Promise<void> => {
    if (saved === step && step > 0) return;
    const place = placeOf(parts, step, earlyStopping);
    const parameters = await runner.parameters();
    const checkpoint = { ...place, parameters, state: await runner.state() };
    const path = await store.save(checkpoint, training.keep_checkpoints);
    saved = step;
    if (path !== undefined) emit({ type: 'checkpoint', step, path });
  };

  while (step < plan.steps && reason === 'done') {
    if (signal?.aborted) {
      reason = 'interrupted';
      break;
    }
    emit(await oneStep(step + 1, parts));
    step++;
    if (evaluation && evaluation.every > 0 && step % evaluation.every === 0) {
      const verdict = await evaluateAt(step, earlyStopping, evaluation, parts);
      earlyStopping = verdict.earlyStopping;
      if (verdict.stop) reason = 'early-stopping';
    }
    if (training.checkpoint_every > 0 && step % training.checkpoint_every === 0) await save();
  }
  await save();
  const parameters = await finalParameters(parts, earlyStopping, reason);
  emit({ type: 'end', step, reason, seconds: (performance.now() - started) / 1000 });
  return {
    step,
    reason,
    parameters,
    adapters: (options.adapters ?? []).map((adapter) => withFeeds(adapter, parameters)),
    model: options.full
      ? { ...options.model, weights: overlayWeights(options.model.weights, parameters) }
      : options.model,
    ...(earlyStopping.best ? { best: earlyStopping.best } : {}),
    ...(setup.report ? { report: setup.report } : {}),
  };
}

function earlyStoppingOf(resumed?: Checkpoint): EarlyStopping {
  if (!resumed) return { evaluationsWithoutImprovement: 0 };
  const { best, evaluationsWithoutImprovement } = resumed.progress;
  return { evaluationsWithoutImprovement, ...(best ? { best } : {}) };
}

function placeOf(
  { options, setup }: Run,
  step: number,
  earlyStopping: EarlyStopping,
): Pick<Checkpoint, 'progress' | 'description'> {
  const position = setup.plan.position(step);
  return {
    progress: { step, position, seed: options.seed, ...earlyStopping, device: options.device.name },
    description: setup.description,
  };
}

async function oneStep(step: number, { setup, runner }: Run): Promise<StepEvent> {
  const { plan, schedule, training, objective } = setup;
  const begun = performance.now();
  const factor: unknown = schedule(step - 1, plan.steps);
  if (typeof factor !== 'number' || !(factor >= 0 && factor < Infinity)) {
    throw new TunesmithError({
      package: '@tunesmith/trainer',
      code: 'invalid-schedule',
      message: `the schedule "${training.schedule.name}" gave ${showValue(factor)} for step ${step}`,
      value: factor,
      accepted: 'a number of at least 0, which the learning rate is multiplied by',
    });
  }
  const learningRate = training.optimizer.learning_rate * factor;
  const { batches, seeds } = plan.batches(step);
  const outcome = await runner.step(batches, { step, learningRate, seeds });
  const seconds = (performance.now() - begun) / 1000;
  const more = {
    ...meansOf(objective, outcome.sums, outcome.normalizers),
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

/** Measures, says what was found, and keeps the parameters if they are the best so far. */
async function evaluateAt(
  step: number,
  earlyStopping: EarlyStopping,
  plan: EvaluationPlan,
  parts: Run,
) {
  const { options, setup, runner, store, emit } = parts;
  const outcome = await plan.run(evaluationContext(step, options, setup, runner));
  for (const result of outcome.results) {
    emit({ type: 'evaluation', step, phase: 'during', ...result });
  }
  const verdict = judge(earlyStopping, step, outcome, plan);
  const { best } = verdict.earlyStopping;
  if (!verdict.improved || !best) return verdict;
  const place = placeOf(parts, step, verdict.earlyStopping);
  const path = plan.keepBest
    ? await store.saveBest({ ...place, parameters: await runner.parameters() })
    : undefined;
  emit({
    type: 'best',
    step,
    metric: best.metric,
    value: best.value,
    ...(path === undefined ? {} : { path }),
  });
  return verdict;
}

/** The best parameters where they were kept and the run came to its end, else the last ones. */
async function finalParameters(
  { options, store, runner, emit }: Run,
  { best }: EarlyStopping,
  reason: TrainResult['reason'],
): Promise<Readonly<Record<string, HostTensor>>> {
  if (!options.checkpoints || !options.evaluation?.keepBest || !best || reason === 'interrupted')
    return runner.parameters();
  const found = await bestOrLoss(store, best.step);
  if ('parameters' in found) return found.parameters;
  const message = `${found.loss}; the result is the last parameters`;
  emit({ type: 'warning', step: best.step, code: 'best-lost', message });
  return runner.parameters();
}

import type { HostTensor } from '@tunesmith/runtime';
import { TunesmithError, type RunEvent } from '@tunesmith/schema';
import type { CheckpointStore, Resumption } from '../checkpoint/store.ts';
import type { TrainOptions } from './options.ts';
import type { RunSetup } from './setup.ts';
import { isSpent } from './watch.ts';

type Warning = Extract<RunEvent, { type: 'warning' }>;

/** What a person should know of how a run goes on. Damaged checkpoints are set aside on the way. */
export async function resumptionWarnings(
  resumption: Resumption,
  { options, setup, store }: { options: TrainOptions; setup: RunSetup; store: CheckpointStore },
): Promise<Warning[]> {
  const { progress } = resumption.checkpoint;
  const texts: [code: string, message: string][] = [];
  const names = await store.setAside(resumption.damaged.map(({ path }) => path));
  for (const [index, { message }] of resumption.damaged.entries()) {
    texts.push([
      'damaged-checkpoint',
      `${message}; it was set aside as ${names[index]!}, and the run goes on from the checkpoint before it, of step ${progress.step}`,
    ]);
  }
  if (resumption.lengthened)
    texts.push(['lengthened', lengthening(resumption, resumption.lengthened, setup)]);
  else if (options.evaluation && isSpent(progress, options.evaluation)) {
    texts.push(['nothing-left', `the run had stopped early, at step ${progress.step}`]);
  } else if (progress.step >= setup.plan.steps) {
    texts.push([
      'nothing-left',
      `all ${progress.step} steps of this run are done; more training.steps would lengthen it`,
    ]);
  }
  if (progress.device !== undefined && progress.device !== options.device.name) {
    texts.push([
      'other-device',
      `the run was on ${progress.device} and goes on on ${options.device.name}: its numbers will agree up to rounding, not bit for bit`,
    ]);
  }
  if (progress.best && options.evaluation?.keepBest) {
    const found = await bestOrLoss(store, progress.best.step);
    if ('loss' in found) {
      const otherwise =
        'unless a later evaluation is better, the result will be the last parameters';
      texts.push(['best-lost', `${found.loss}; ${otherwise}`]);
    }
  }
  return texts.map(([code, message]) => ({ type: 'warning', step: progress.step, code, message }));
}

function lengthening(
  { checkpoint }: Resumption,
  { from, to }: { readonly from: number; readonly to: number },
  { training, schedule, plan }: RunSetup,
): string {
  const { step, position } = checkpoint.progress;
  const peak = training.optimizer.learning_rate;
  const [last, next] = [schedule(step - 1, from), schedule(step, to)].map((factor) =>
    Number((peak * factor).toPrecision(3)),
  );
  const skipped = plan.position(step) - position;
  const short =
    skipped > 0
      ? `; its last step was ${skipped} rows short, and those rows of the next epoch are passed over`
      : '';
  return `training.steps was ${from} and is ${to}: the schedule ${training.schedule.name} is laid out over ${to} steps from here on; the learning rate was ${last} at step ${step} and is ${next} at step ${step + 1}${short}`;
}

/** The parameters that were best at `step`, or what is wrong with them. */
export async function bestOrLoss(
  store: CheckpointStore,
  step: number,
): Promise<{ parameters: Readonly<Record<string, HostTensor>> } | { loss: string }> {
  try {
    const parameters = await store.best(step);
    return parameters
      ? { parameters }
      : { loss: `the best parameters, of step ${step}, are not there` };
  } catch (error) {
    if (TunesmithError.is(error)) return { loss: error.problems[0]! };
    throw error;
  }
}

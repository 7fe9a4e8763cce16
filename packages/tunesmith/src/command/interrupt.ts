import { endWith } from './attendant.ts';

/** Signals that ask a run to end: Ctrl-C, a request to terminate, a terminal that goes away. */
export const endingSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** What a supervised process tells its supervisor: that a signal is a request from now on, and that one was heard. */
export type Told = 'holds' | 'stopping';

/**
 * Runs a job that a signal ends in good order, from the moment it calls `hold`: before, there is nothing to save, and a
 * signal ends the process as if nobody listened. That a second signal ends it at once, and that one is heard while the
 * process computes, is the work of {@link supervise}.
 */
export async function interruptible<Result>(
  job: (signal: AbortSignal, hold: () => void) => Promise<Result>,
  onInterrupt: () => void,
): Promise<Result> {
  const controller = new AbortController();
  const listen = (): void => {
    if (controller.signal.aborted) return;
    tell('stopping');
    controller.abort(new Error('interrupted'));
    onInterrupt();
  };
  const hold = (): void => {
    for (const signal of endingSignals) process.on(signal, listen);
    tell('holds');
  };
  try {
    return await job(controller.signal, hold);
  } finally {
    for (const signal of endingSignals) process.off(signal, listen);
  }
}

/** Whether this process works for a supervisor; it then ends with it. */
export function isSupervised(): boolean {
  const supervisor = process.env['TUNESMITH_SUPERVISED'];
  if (supervisor === undefined || !process.send) return false;
  delete process.env['TUNESMITH_SUPERVISED'];
  process.channel?.unref();
  endWith(Number(supervisor));
  return true;
}

function tell(message: Told): void {
  // A supervisor that is gone hears nothing, and takes this process with it anyway.
  process.send?.(message, undefined, {}, () => {});
}

/**
 * Runs a job that Ctrl-C (or a request to terminate) ends in good order: the first one aborts the signal, the second one
 * ends the process at once, as if nobody had listened.
 */
export async function interruptible<Result>(
  job: (signal: AbortSignal) => Promise<Result>,
  onInterrupt: () => void,
): Promise<Result> {
  const controller = new AbortController();
  const listen = (signal: NodeJS.Signals): void => {
    if (controller.signal.aborted) {
      process.off('SIGINT', listen).off('SIGTERM', listen);
      process.kill(process.pid, signal);
      return;
    }
    controller.abort(new Error('interrupted'));
    onInterrupt();
  };
  process.on('SIGINT', listen).on('SIGTERM', listen);
  try {
    return await job(controller.signal);
  } finally {
    process.off('SIGINT', listen).off('SIGTERM', listen);
  }
}

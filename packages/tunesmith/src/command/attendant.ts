import { Worker } from 'node:worker_threads';

/** What the attendant is asked: to say something later, not to say it after all, or to watch a process. */
export type Request =
  | { say: string; since: number }
  | { say: undefined }
  | { end: 'with'; process: number };

let worker: Worker | undefined;

/** A thread of its own, whose clock runs on while this one computes. It keeps no process alive. */
function attendant(): Worker {
  if (!worker) {
    worker = new Worker(new URL('./attendant-thread.js', import.meta.url));
    worker.unref();
    // Where no thread can be had, nothing is announced, and the work goes on.
    worker.on('error', () => {});
  }
  return worker;
}

function ask(request: Request): void {
  attendant().postMessage(request);
}

/** Milliseconds on a clock that all threads share and nobody sets. */
export function clock(): number {
  return performance.timeOrigin + performance.now();
}

/**
 * Says on standard error what is being done, once nothing was said for long, unless it is canceled before.
 *
 * @param since when something was last said, on {@link clock}: many short pieces of work are no reason for a long silence
 */
export function announceLater(text: string, since: number): { cancel(): void } {
  ask({ say: text, since });
  return { cancel: () => ask({ say: undefined }) };
}

/**
 * Ends this process, whatever it is doing, soon after its parent is gone, or at once where it is gone already.
 *
 * @param parent the number that the parent told: once it is gone, the system names another process as parent
 */
export function endWith(parent: number): void {
  ask({ end: 'with', process: parent });
}

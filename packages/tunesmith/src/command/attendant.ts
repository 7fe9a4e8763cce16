import { Worker } from 'node:worker_threads';

/** What the attendant is asked: to say something later, not to say it after all, or to watch a process. */
export type Request =
  | { say: string; after: number }
  | { say: undefined }
  | { end: 'with'; process: number };

/** How long work may go on in silence, in milliseconds. */
const patience = 1500;

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

/** Says on standard error what is being done, unless it is canceled before that takes long. */
export function announceLater(text: string): { cancel(): void } {
  ask({ say: text, after: patience });
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

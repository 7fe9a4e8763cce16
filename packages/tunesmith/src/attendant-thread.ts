import { writeSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';
import { clock, type Request } from './command/attendant.ts';

/** How often a parent is looked after, in milliseconds. */
const glance = 100;

/** How long a command may be silent, in milliseconds. */
const patience = 1500;

/** What ends sooner than this, in milliseconds, is not worth a word even after a long silence. */
const moment = 200;

let pending: NodeJS.Timeout | undefined;
/** When this thread last said something. */
let told = -Infinity;

parentPort?.on('message', (request: Request) => {
  if ('end' in request) {
    const look = (): void => {
      if (process.ppid !== request.process) process.kill(process.pid, 'SIGKILL');
    };
    look();
    setInterval(look, glance);
    return;
  }
  clearTimeout(pending);
  const { say } = request;
  if (say === undefined) return;
  const silence = clock() - Math.max(request.since, told);
  pending = setTimeout(() => tell(say), Math.max(moment, patience - silence));
});

function tell(text: string): void {
  told = clock();
  try {
    writeSync(2, `${text}\n`);
  } catch {
    // Nobody listens any more, which ends nothing.
  }
}

import { writeSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';
import type { Request } from './command/attendant.ts';

/** How often a parent is looked after, in milliseconds. */
const glance = 100;

let pending: NodeJS.Timeout | undefined;

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
  if (say !== undefined) pending = setTimeout(() => tell(say), request.after);
});

function tell(text: string): void {
  try {
    writeSync(2, `${text}\n`);
  } catch {
    // Nobody listens any more, which ends nothing.
  }
}

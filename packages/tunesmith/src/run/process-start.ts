import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { isRunning } from '@tunesmith/schema/node';

/**
 * When a process began, in words that are equal for one process alone: its number may be given to another one later.
 *
 * @returns undefined where no such process runs; `unknown` where it runs and this system does not say since when
 */
export async function processStart(pid: number): Promise<string | undefined> {
  if (!isRunning(pid)) return undefined;
  if (process.platform === 'linux') return linuxStart(pid);
  if (process.platform === 'win32') return 'unknown';
  const run = promisify(execFile);
  const { stdout } = await run('ps', ['-o', 'lstart=', '-p', String(pid)]).catch(() => ({
    stdout: 'unknown',
  }));
  return stdout.trim() || 'unknown';
}

async function linuxStart(pid: number): Promise<string | undefined> {
  const status = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  if (status === undefined) return 'unknown';
  // the name before it, in parentheses, may hold anything
  const [state, ...fields] = status.slice(status.lastIndexOf(')') + 2).split(' ');
  // killed, and not yet taken note of by its parent
  if (state === 'Z' || state === 'X') return undefined;
  const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '');
  return `${boot.trim()} ${fields[18]}`;
}

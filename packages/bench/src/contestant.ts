import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { TunesmithError } from '@tunesmith/schema';

/** A program that takes part in a measurement: it waits while the others run. */
export interface Contestant {
  /** The next line of JSON that it prints. */
  answer<Answer = Record<string, number>>(): Promise<Answer>;
  /** Writes a line to its standard input. */
  tell(line: string): void;
  /** The most memory it has held resident so far, in bytes (`VmHWM` of Linux). */
  peakMemory(): number;
  /** Ends it. */
  end(): void;
}

/** Where a peer's program lies. @param name its file in `peers` */
export const peerFile = (name: string): string =>
  fileURLToPath(new URL(`../peers/${name}`, import.meta.url));

/** Works in a folder that is there for as long as the work takes. @param name what the folder is of */
export async function inTemporaryFolder<Result>(
  name: string,
  work: (folder: string) => Promise<Result>,
): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), `tunesmith-${name}-`));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/**
 * Starts a program as a contestant. What it writes to standard error is kept and shown if it dies.
 *
 * @throws TunesmithError `contestant-failed` from `answer` when the program ends without answering
 */
export function startContestant(command: string, parameters: readonly string[]): Contestant {
  const child = spawn(command, parameters, { stdio: ['pipe', 'pipe', 'pipe'] });
  const lines: string[] = [];
  const waiting: { resolve: (line: string) => void; reject: (error: Error) => void }[] = [];
  let errors = '';
  let failure: Error | undefined;
  child.stderr.on('data', (data) => (errors = (errors + data).slice(-4000)));
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (!line.startsWith('{"')) return;
    const next = waiting.shift();
    if (next) next.resolve(line);
    else lines.push(line);
  });
  const fail = (reason: string): void => {
    failure = new TunesmithError({
      package: '@tunesmith/bench',
      code: 'contestant-failed',
      kind: 'failure',
      message: `${command} ${parameters[0] ?? ''} ${reason}\n${errors}`,
    });
    for (const { reject } of waiting.splice(0)) reject(failure);
  };
  child.on('error', (error) => fail(error.message));
  child.on('exit', (code, signal) => fail(`ended with ${signal ?? `exit code ${code}`}`));
  const nextLine = (): Promise<string> => {
    const line = lines.shift();
    if (line !== undefined) return Promise.resolve(line);
    if (failure) return Promise.reject(failure);
    return new Promise((resolve, reject) => waiting.push({ resolve, reject }));
  };
  return {
    answer: async <Answer>() => JSON.parse(await nextLine()) as Answer,
    tell: (line) => child.stdin.write(`${line}\n`),
    peakMemory() {
      const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
      return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? Number.NaN) * 1024;
    },
    end: () => child.stdin.end('end\n'),
  };
}

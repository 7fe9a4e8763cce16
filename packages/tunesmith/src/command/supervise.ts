import { spawn } from 'node:child_process';
import { exitCodes } from './exit-codes.ts';
import { endingSignals, type Told } from './interrupt.ts';
import { styleText } from './style-text.ts';

/** How long a run that is asked to terminate may compute without hearing it, in milliseconds. */
const patience = 5000;
/** Two signals within this time are one: a terminal and a wrapper both pass Ctrl-C on. In milliseconds. */
const sameMoment = 250;

/**
 * Runs a command line in a process of its own and passes signals on, so that one is heard even while that process
 * computes and its own handlers cannot run. The first signal asks it to end in good order, if it holds something worth
 * saving; the second one ends it at once, and so does one that asks to terminate and is not heard. An end that the
 * process could not speak of itself, such as memory running out, is told here.
 */
export function supervise(words: readonly string[]): Promise<number> {
  const child = spawn(process.execPath, [...process.execArgv, process.argv[1] ?? '', ...words], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, TUNESMITH_SUPERVISED: String(process.pid) },
  });
  const told = new Set<Told>();
  child.on('message', (message: Told) => told.add(message));

  let asked: { signal: NodeJS.Signals; at: number } | undefined;
  const end = (): void => void child.kill('SIGKILL');
  const listen = (signal: NodeJS.Signals): void => {
    const at = performance.now();
    if (asked) {
      if (at - asked.at > sameMoment) end();
      return;
    }
    asked = { signal, at };
    if (!told.has('holds')) return end();
    child.kill(signal);
    setTimeout(() => {
      if (told.has('stopping')) return;
      if (signal === 'SIGINT')
        void say('stopping after this step; press Ctrl-C again to stop at once');
      else setTimeout(() => told.has('stopping') || end(), patience - 1000).unref();
    }, 1000).unref();
  };
  for (const signal of endingSignals) process.on(signal, listen);

  return new Promise((resolve) => {
    child.on('error', (error) => {
      void say(
        `${styleText('red', 'error:')} the run could not be started: ${error.message}`,
      ).finally(() => resolve(exitCodes.failed));
    });
    child.on('exit', async (code, signal) => {
      for (const one of endingSignals) process.off(one, listen);
      if (code !== null) return resolve(code);
      // Whoever waits for this process sees that a signal ended it.
      if (asked) process.kill(process.pid, asked.signal);
      else await say(`${styleText('red', 'error:')} ${reason(signal)}`);
      resolve(exitCodes.failed);
    });
  });
}

/** Loads what it takes only when there is something to say: the process that works shall start at once. */
async function say(text: string): Promise<void> {
  const { outputOf } = await import('./output.ts');
  outputOf(process.stderr).show(`${text}\n`);
}

function reason(signal: NodeJS.Signals | null): string {
  const kept = 'Checkpoints are whole: the same command with --resume goes on from the newest one.';
  return signal === 'SIGKILL' || signal === 'SIGABRT'
    ? `the run was ended by ${signal}, as happens where memory runs out; a smaller training.batch_size or training.max_length takes less. ${kept}`
    : `the run was ended by ${signal}. ${kept}`;
}

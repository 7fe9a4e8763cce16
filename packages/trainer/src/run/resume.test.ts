import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../test-support/tiny.ts';

interface Line {
  type: 'step' | 'resume' | 'adapter';
  step: number;
  loss?: number;
  grad_norm?: number;
  parameters?: [string, string][];
}

const child = fileURLToPath(new URL('../../test-support/resume-child.ts', import.meta.url));
const require = createRequire(import.meta.url);
const tsx = pathToFileURL(require.resolve('tsx')).href;

/** Runs the child on the sources; with `killAt`, kills it when it has printed that step. */
async function run(
  folder: string,
  options: { resume?: boolean; killAt?: number } = {},
): Promise<{ lines: Line[]; signal: string | null }> {
  const argv = [
    '--import',
    tsx,
    '--conditions=tunesmith-source',
    child,
    folder,
    ...(options.resume ? ['resume'] : []),
  ];
  const running = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise<string | null>((resolve) =>
    running.on('close', (_code, signal) => resolve(signal)),
  );
  const lines: Line[] = [];
  for await (const text of createInterface({ input: running.stdout })) {
    const line = JSON.parse(text) as Line;
    lines.push(line);
    if (line.type === 'step' && line.step === options.killAt) running.kill('SIGKILL');
  }
  return { lines, signal: await ended };
}

const measured = ({ step, loss, grad_norm }: Line) => ({ step, loss, grad_norm });

test('training killed at a random step and resumed computes what it would have computed, bit for bit', async () => {
  const killAt = 5 + Math.floor(Math.random() * 12);
  const folder = await temporaryFolder();
  const [whole, killed] = await Promise.all([
    run(await temporaryFolder()),
    run(folder, { killAt }),
  ]);
  expect(killed.signal).toBe('SIGKILL');
  const resumed = await run(folder, { resume: true });

  const from = resumed.lines.find((line) => line.type === 'resume')!.step;
  expect(from % 4, `killed at step ${killAt}, resumed from ${from}`).toBe(0);
  expect(from).toBeGreaterThanOrEqual(4);
  const steps = (lines: Line[]) => lines.filter((line) => line.type === 'step');
  expect(steps(whole.lines)).toHaveLength(24);
  const joined = [
    ...steps(killed.lines).filter((line) => line.step <= from),
    ...steps(resumed.lines),
  ];
  expect(joined.map(measured)).toEqual(steps(whole.lines).map(measured));
  expect(resumed.lines.at(-1)!.parameters).toEqual(whole.lines.at(-1)!.parameters);
}, 240_000);

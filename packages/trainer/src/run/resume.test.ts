import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { beforeAll, expect, test } from 'vitest';
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

const steps = (lines: Line[]) => lines.filter((line) => line.type === 'step');

let whole: Line[];
beforeAll(async () => {
  whole = (await run(await temporaryFolder())).lines;
  expect(steps(whole)).toHaveLength(24);
}, 120_000);

/** Checkpoints are written every 4 steps, so these are right after one, between two, and right before one. */
test.each([
  [5, 4],
  [10, 8],
  [15, 12],
])(
  'killed at step %i and resumed, training computes from step %i on what it would have computed, bit for bit',
  async (killAt, checkpoint) => {
    const folder = await temporaryFolder();
    const killed = await run(folder, { killAt });
    expect(killed.signal).toBe('SIGKILL');
    const resumed = await run(folder, { resume: true });

    // the child may have come further before the signal reached it
    const from = resumed.lines.find((line) => line.type === 'resume')!.step;
    expect(from).toBeGreaterThanOrEqual(checkpoint);
    expect(from % 4).toBe(0);
    const joined = [
      ...steps(killed.lines).filter((line) => line.step <= from),
      ...steps(resumed.lines),
    ];
    expect(joined.map(measured)).toEqual(steps(whole).map(measured));
    expect(resumed.lines.at(-1)!.parameters).toEqual(whole.at(-1)!.parameters);
  },
  240_000,
);

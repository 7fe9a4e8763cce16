import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TunesmithError, type Recipe } from '@tunesmith/schema';
import type { MethodContestant } from './contestants.ts';
import { settingsOf, type SharedSettings } from './settings.ts';
import type { MeasuredCost, MeasuredRun } from './table.ts';

/** What runs say whose scores nobody asks for. */
export const unmeasured: readonly string[] = ['evaluation.tasks=[]', 'training.checkpoint_every=0'];

/**
 * One run of a recipe in a process of its own; its warnings and errors are shown as they come. What it measured stands beside its
 * folder.
 *
 * @throws TunesmithError `contestant-failed` where it ended with another code than 0
 */
export async function runChild(
  id: string,
  recipe: string,
  output: string,
  overrides: readonly string[],
): Promise<MeasuredRun & MeasuredCost> {
  const result = join(output, `${id}.json`);
  const program = fileURLToPath(new URL('./run-one.js', import.meta.url));
  const child = spawn(
    process.execPath,
    [program, recipe, join(output, id), result, `name=${id}`, ...overrides],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  );
  const code = await new Promise<number | string>((found, reject) => {
    child.on('error', reject);
    child.on('exit', (status, signal) => found(signal ?? status ?? 'nothing'));
  });
  if (code === 0) return JSON.parse(readFileSync(result, 'utf8')) as MeasuredRun & MeasuredCost;
  throw new TunesmithError({
    package: '@tunesmith/bench',
    code: 'contestant-failed',
    kind: 'failure',
    message: `the run ${id} ended with ${code}; run the command again to go on where it stopped`,
  });
}

/**
 * Trains the adapters that a contestant builds on, where they are not there yet.
 *
 * @returns what its recipe says of them
 */
export async function earlierAdapters(
  id: string,
  { earlier }: Pick<MethodContestant, 'earlier'>,
  shared: Recipe,
  options: SharedSettings & { readonly recipe: string; readonly output: string },
  overrides: readonly string[],
): Promise<readonly string[]> {
  if (!earlier) return [];
  const { recipe, output } = options;
  const adapters: string[] = [];
  for (const run of earlier.runs(shared)) {
    const one = `${id}-${run.name}`;
    if (!existsSync(join(output, `${one}.json`))) {
      await runChild(one, recipe, output, [
        ...settingsOf(run, shared, options),
        ...overrides,
        ...unmeasured,
      ]);
    }
    adapters.push(join(resolve(output), one, 'adapter'));
  }
  return [`artifacts=${JSON.stringify({ [earlier.artifact]: adapters })}`];
}

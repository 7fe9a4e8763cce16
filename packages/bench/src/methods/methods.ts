import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Recipe } from '@tunesmith/schema';
import { readRecipe } from 'tunesmith/node';
import { chosenContestants, untuned, type MethodContestant } from './contestants.ts';
import { settingsOf, sharedSettings, type SharedSettings } from './settings.ts';
import { earlierAdapters, runChild, unmeasured } from './children.ts';
import { openResults, rowsIn, type Results } from './results.ts';
import { methodTable, type MeasuredCost, type MeasuredRun, type MethodRow } from './table.ts';

/** How methods are compared. */
export interface MethodsOptions extends SharedSettings {
  /** A recipe that says all but the method, the learning rate and the seed. */
  readonly recipe: string;
  /** Names of contestants; all by default. `full` is always among them: the others are measured by it. */
  readonly names?: readonly string[];
  /** Seeds of each, from 0. */
  readonly seeds: number;
  /** Runs at once, each in a process of its own. */
  readonly atOnce: number;
  /** The folder of runs and tables. */
  readonly output: string;
  /** The file of results: `results.json` in the folder by default. What stands in it is not done again, nor need the run be there. */
  readonly results?: string;
  readonly say: (line: string) => void;
}

/**
 * Tunes one model on one set of tasks with every method and every seed, each in a process of its own, and writes `table.md` and
 * `table.json` into the folder after each run, of the methods whose seeds are all there. A run that was interrupted goes on; one that is there is not
 * repeated. In the end a few steps of each method, one after the other with the machine to itself, say what it costs; where one is lacking,
 * all are measured anew.
 *
 * @throws TunesmithError `unknown-name` for a contestant that does not exist
 */
export async function compareMethods(options: MethodsOptions): Promise<readonly MethodRow[]> {
  const { recipe: shared } = await readRecipe(options.recipe, {
    overrides: sharedSettings(options),
  });
  const contestants = chosenContestants(options.names && ['full', ...options.names]);
  mkdirSync(options.output, { recursive: true });
  const results = openResults(options.results ?? join(options.output, 'results.json'));
  const measure = (contestant: MethodContestant, seed: number) =>
    measureOne(contestant, seed, shared, options, results);
  await measure(untuned, 0);
  const rows = (): MethodRow[] => rowsIn(results, contestants, options.seeds);
  const waiting = contestants.flatMap((contestant) =>
    Array.from({ length: options.seeds }, (_, seed) => ({ contestant, seed })),
  );
  const write = (): void => {
    writeFileSync(join(options.output, 'table.json'), JSON.stringify(rows(), null, 2));
    writeFileSync(join(options.output, 'table.md'), `${methodTable(rows())}\n`);
  };
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      if (await measure(next.contestant, next.seed)) write();
    }
  };
  await Promise.all(Array.from({ length: options.atOnce }, work));
  write();
  if (contestants.some(({ name }) => !results.costs()[name])) {
    const costs: Record<string, MeasuredCost> = {};
    for (const contestant of contestants) {
      options.say(`${contestant.name}: what a step costs`);
      costs[contestant.name] = await costOf(contestant, shared, options);
    }
    results.setCosts(costs);
    write();
  }
  return rows();
}

/** Steps of which the median says what a step takes: enough for it, and so few that all methods meet the same machine. */
const costSteps = 24;

/** @returns whether it was measured now */
async function measureOne(
  contestant: MethodContestant,
  seed: number,
  shared: Recipe,
  options: MethodsOptions,
  results: Results,
): Promise<boolean> {
  const { name } = contestant;
  const id = `${name}-${seed}`;
  const known = results.get(id);
  let run = known;
  if (!run) {
    options.say(`${id}: running`);
    const { trainable, total, savedBytes, values } = await runOne(id, contestant, shared, options, [
      `seed=${seed}`,
      `evaluation.before=${name === untuned.name}`,
    ]);
    run = { trainable, total, savedBytes, values };
    results.set(id, run);
  }
  options.say(`${id}: ${run.trainable.toLocaleString('en-US')} numbers trained`);
  return known === undefined;
}

async function costOf(
  contestant: MethodContestant,
  shared: Recipe,
  options: MethodsOptions,
): Promise<MeasuredCost> {
  const { peakMemory, stepSeconds } = await runOne(
    `${contestant.name}-cost`,
    contestant,
    shared,
    { ...options, steps: costSteps },
    ['seed=0', ...unmeasured],
  );
  return { peakMemory, stepSeconds };
}

/** Runs a contestant's child, after those of the adapters that it builds on. */
async function runOne(
  id: string,
  contestant: MethodContestant,
  shared: Recipe,
  options: MethodsOptions,
  overrides: readonly string[],
): Promise<MeasuredRun & MeasuredCost> {
  const { recipe, output } = options;
  const earlier = await earlierAdapters(id, contestant, shared, options, overrides);
  return runChild(id, recipe, output, [
    ...settingsOf(contestant, shared, options),
    ...earlier,
    ...overrides,
  ]);
}

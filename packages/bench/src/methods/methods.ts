import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TunesmithError } from '@tunesmith/schema';
import { readRecipe } from 'tunesmith/node';
import { chosenContestants, untuned, type MethodContestant } from './contestants.ts';
import { openResults, rowsIn, type Results } from './results.ts';
import { methodTable, type MeasuredRun, type MethodRow } from './table.ts';

/** How methods are compared. */
export interface MethodsOptions {
  /** A recipe that says all but the method, the learning rate and the seed. */
  readonly recipe: string;
  /** Names of contestants; all by default. `full` is always among them: the others are measured by it. */
  readonly names?: readonly string[];
  /** Seeds of each, from 0. */
  readonly seeds: number;
  /** Runs at once, each in a process of its own. */
  readonly atOnce: number;
  /** A model in place of the recipe's. */
  readonly model?: string;
  /**
   * Learning rates: those that were found for nano, or the methods' own, which suit models of a hundred million parameters and
   * more; `nano` by default.
   */
  readonly rates?: 'nano' | 'own';
  /** Steps of each run; those of the recipe by default. */
  readonly steps?: number;
  /** The folder of runs and tables. */
  readonly output: string;
  /** The file of results: `results.json` in the folder by default. What stands in it is not done again, nor need the run be there. */
  readonly results?: string;
  readonly say: (line: string) => void;
}

/**
 * Tunes one model on one set of tasks with every method and every seed, each in a process of its own, and writes `table.md` and
 * `table.json` into the folder after each run, of the methods whose seeds are all there. A run that was interrupted goes on; one that is there is not
 * repeated.
 *
 * @throws TunesmithError `unknown-name` for a contestant that does not exist
 */
export async function compareMethods(options: MethodsOptions): Promise<readonly MethodRow[]> {
  await readRecipe(options.recipe);
  const contestants = chosenContestants(options.names && ['full', ...options.names]);
  mkdirSync(options.output, { recursive: true });
  const results = openResults(options.results ?? join(options.output, 'results.json'));
  const measure = (contestant: MethodContestant, seed: number) =>
    measureOne(contestant, seed, options, results);
  await measure(untuned, 0);
  const rows = (): MethodRow[] => rowsIn(results, contestants, options.seeds);
  const waiting = contestants.flatMap((contestant) =>
    Array.from({ length: options.seeds }, (_, seed) => ({ contestant, seed })),
  );
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const { contestant, seed } = next;
      await measure(contestant, seed);
      writeFileSync(join(options.output, 'table.json'), JSON.stringify(rows(), null, 2));
      writeFileSync(join(options.output, 'table.md'), `${methodTable(rows())}\n`);
    }
  };
  await Promise.all(Array.from({ length: options.atOnce }, work));
  return rows();
}

async function measureOne(
  { name, method, learningRate }: MethodContestant,
  seed: number,
  { recipe, output, model, rates = 'nano', steps, say }: MethodsOptions,
  results: Results,
): Promise<void> {
  const id = `${name}-${seed}`;
  let run = results.get(id);
  if (!run) {
    say(`${id}: running`);
    const result = join(output, `${id}.json`);
    await runOne(id, [
      recipe,
      join(output, id),
      result,
      `name=${id}`,
      `seed=${seed}`,
      `method=${JSON.stringify(method)}`,
      ...(model === undefined ? [] : [`model=${JSON.stringify(model)}`]),
      ...(learningRate > 0 && rates === 'nano'
        ? [`training.optimizer.learning_rate=${learningRate}`]
        : []),
      `evaluation.before=${name === untuned.name}`,
      ...(steps === undefined ? [] : [`training.steps=${steps}`]),
    ]);
    run = JSON.parse(readFileSync(result, 'utf8')) as MeasuredRun;
    results.set(id, run);
  }
  say(`${id}: ${run.trainable.toLocaleString('en-US')} numbers trained`);
}

/** Runs the child; its warnings and errors are shown as they come. */
async function runOne(id: string, parameters: readonly string[]): Promise<void> {
  const program = fileURLToPath(new URL('./run-one.js', import.meta.url));
  const child = spawn(process.execPath, [program, ...parameters], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const code = await new Promise<number | string>((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (status, signal) => resolve(signal ?? status ?? 'nothing'));
  });
  if (code === 0) return;
  throw new TunesmithError({
    package: '@tunesmith/bench',
    code: 'contestant-failed',
    kind: 'failure',
    message: `the run ${id} ended with ${code}; run the command again to go on where it stopped`,
  });
}

import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readRecipe, train } from 'tunesmith/node';
import { chosenContestants } from './contestants.ts';
import { earlierAdapters } from './children.ts';
import { settingsOf } from './settings.ts';

/** What is tried for each contestant. */
export interface RatesOptions {
  /** A recipe that says all but the method and the learning rate. */
  readonly recipe: string;
  /** Names of contestants; all by default. */
  readonly names?: readonly string[];
  /** Factors of the contestant's own learning rate. */
  readonly factors: readonly number[];
  /** Steps of each run. */
  readonly steps: number;
  /** The folder of results. What stands there already is not done again. */
  readonly output: string;
  readonly say: (line: string) => void;
}

/** How a contestant learned at one learning rate. */
export interface MeasuredRate {
  readonly name: string;
  readonly learningRate: number;
  /** Mean training loss of the last quarter of the steps; `null` where the run ended in numbers that are not finite. */
  readonly loss: number | null;
}

/** A seed that `bench methods` does not use: what is chosen here is measured there on other draws. */
const seedOfTrials = 1000;

/**
 * Tunes a while with every contestant at several learning rates, so that the one a contestant stands with is known to suit it.
 * Nothing held out is looked at: rates are told apart by the training loss of the last quarter of the steps.
 *
 * @throws TunesmithError `unknown-name` for a contestant that does not exist
 */
export async function compareRates(options: RatesOptions): Promise<readonly MeasuredRate[]> {
  mkdirSync(options.output, { recursive: true });
  const { recipe: shared } = await readRecipe(options.recipe);
  const measured: MeasuredRate[] = [];
  for (const contestant of chosenContestants(options.names)) {
    for (const factor of options.factors) {
      const learningRate = Number((contestant.learningRate * factor).toPrecision(3));
      const id = `${contestant.name}-${learningRate}`;
      const result = join(options.output, `${id}.json`);
      if (!existsSync(result)) {
        const before = [`seed=${seedOfTrials}`];
        const earlier = await earlierAdapters(
          contestant.name,
          contestant,
          shared,
          { recipe: options.recipe, output: options.output },
          before,
        );
        const loss = await lastLoss(options, join(options.output, id), [
          `name=${id}`,
          ...settingsOf({ ...contestant, learningRate }, shared, {}),
          ...earlier,
        ]);
        const { name } = contestant;
        writeFileSync(result, JSON.stringify({ name, learningRate, loss } satisfies MeasuredRate));
      }
      const rate = JSON.parse(readFileSync(result, 'utf8')) as MeasuredRate;
      options.say(`${id}: ${rate.loss?.toFixed(4) ?? 'not finite'}`);
      measured.push(rate);
    }
  }
  return measured;
}

async function lastLoss(
  { recipe, steps }: RatesOptions,
  output: string,
  overrides: readonly string[],
): Promise<number | null> {
  const losses: number[] = [];
  try {
    await train(recipe, {
      overwrite: true,
      overrides: [
        ...overrides,
        `output=${output}`,
        `seed=${seedOfTrials}`,
        `training.steps=${steps}`,
        'evaluation.tasks=[]',
      ],
      onEvent: (event) => event.type === 'step' && losses.push(event.loss),
    });
  } finally {
    rmSync(output, { recursive: true, force: true });
  }
  const last = losses.slice(-Math.ceil(steps / 4));
  const mean = last.reduce((sum, loss) => sum + loss, 0) / last.length;
  return losses.length === steps && Number.isFinite(mean) ? mean : null;
}

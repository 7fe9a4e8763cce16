import { TunesmithError, type StageBudget, type StageRecipe } from '@tunesmith/schema';
import type { PlannedRequests } from '@tunesmith/synthesis';
import { inherited } from '../stages/plan.ts';
import { planOfStage } from './plan.ts';
import { readRecipe } from '../recipe/read.ts';
import { withStagePlaces } from '../train/places.ts';
import { isReference } from '../stages/reference.ts';

/** Requests of one sort, with what they may take. */
export interface EstimatedRequests extends PlannedRequests {
  readonly stage: string;
  /** Tokens that they read, at four characters each, and write at most. */
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** At most; absent where there are no prices. */
  readonly cost?: number;
}

/** What a recipe would ask. */
export interface SynthesisEstimate {
  readonly requests: readonly EstimatedRequests[];
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cost?: number;
  readonly cap?: number;
}

/**
 * What the stages of a recipe that write data would ask, and what that may cost: an upper bound for what is written, as every answer is
 * taken to be as long as it may be.
 *
 * @throws TunesmithError `no-synthesizer` for a recipe without such a stage; those of the recipe and its seeds
 */
export async function estimateSynthesis(
  source: string,
  overrides: readonly string[] = [],
): Promise<SynthesisEstimate> {
  const { written, directory } = await readRecipe(source, { overrides });
  const placed = await withStagePlaces(written, {
    directory,
    onWork: undefined,
    onWarning: undefined,
  });
  const stages = inherited(placed).filter(({ job }) => job === 'synthesize');
  requireStages(stages, source);
  const requests: EstimatedRequests[] = [];
  for (const stage of stages) {
    const later = stage.data?.find(
      (entry) => 'path' in entry && entry.path !== undefined && isReference(entry.path),
    );
    if (later)
      throw new TunesmithError({
        package: 'tunesmith',
        code: 'not-there-yet',
        message: `stage "${stage.name}" begins from what an earlier stage leaves, which is not there yet`,
        value: stage.name,
        accepted: 'an estimate of the earlier stages, in a recipe of their own',
      });
    for (const planned of await planOfStage(stage, {})) requests.push(estimated(planned, stage));
  }
  const sum = (of: (one: EstimatedRequests) => number) =>
    requests.reduce((total, one) => total + of(one), 0);
  const caps = stages.flatMap(({ budget }) => (budget?.cap === undefined ? [] : [budget.cap]));
  const priced = requests.every(({ cost }) => cost !== undefined);
  return {
    requests,
    inputTokens: sum((one) => one.inputTokens),
    outputTokens: sum((one) => one.outputTokens),
    ...(priced ? { cost: sum(({ cost = 0 }) => cost) } : {}),
    ...(caps.length > 0 ? { cap: caps.reduce((a, b) => a + b, 0) } : {}),
  };
}

/** @throws TunesmithError `no-synthesizer` */
export function requireStages(stages: readonly StageRecipe[], source: string): void {
  if (stages.some(({ job }) => job === 'synthesize')) return;
  throw new TunesmithError({
    package: 'tunesmith',
    code: 'no-synthesizer',
    message: `${source} writes no data`,
    value: source,
    accepted:
      'a recipe with synthesizer: { name: self-instruct, … }, or with a stage of the job synthesize',
  });
}

function estimated(
  planned: PlannedRequests,
  { name, budget, chat_model: models }: StageRecipe,
): EstimatedRequests {
  const inputTokens = planned.requests * Math.ceil(planned.characters / 4);
  const outputTokens = planned.requests * planned.maxTokens;
  const price = priceOf(budget, models, planned.role);
  return {
    stage: name,
    ...planned,
    inputTokens,
    outputTokens,
    ...(price ? { cost: (inputTokens * price.input + outputTokens * price.output) / 1e6 } : {}),
  };
}

/** The price of whoever plays a role: that of its model's name, or the only one there is. */
function priceOf(
  { prices = {} }: StageBudget = {},
  models: StageRecipe['chat_model'],
  role: string,
) {
  const all = Object.values(prices);
  if (all.length <= 1) return all[0];
  const mention =
    typeof models === 'object'
      ? 'name' in models
        ? models
        : (models as Record<string, unknown>)[role]
      : models;
  const { model } = Object(mention) as { model?: string };
  return model === undefined ? undefined : prices[model];
}

/** An estimate in words. */
export function describeEstimate({
  requests,
  inputTokens,
  outputTokens,
  cost,
  cap,
}: SynthesisEstimate): string {
  const number = (value: number) => value.toLocaleString('en-US');
  return [
    ...requests.map(
      (one) =>
        `${one.stage}  ${one.what} (${one.role}): about ${number(one.requests)} requests, ${number(one.inputTokens)} tokens read, at most ${number(one.outputTokens)} written`,
    ),
    `together: ${number(inputTokens)} tokens read, at most ${number(outputTokens)} written${cost === undefined ? '' : `, at most ${cost.toFixed(2)}`}${cap === undefined ? '' : ` under a cap of ${cap}`}`,
  ].join('\n');
}

import { TunesmithError } from '@tunesmith/schema';
import type { Adapter } from './contract.ts';
import { checkAdapterName, checkPlan } from './create-adapter.ts';

/**
 * How several adapters of low rank become one, in Hugging Face PEFT's words. Δᵢ is adapter i's update, wᵢ its weight.
 *
 * - `cat`: Σ wᵢ Δᵢ exactly, of the sum of all ranks. `svd`: the best approximation of that sum of a given rank.
 * - `linear`: the factors themselves are added, each with √|wᵢ|. Cheap, and no sum of the updates.
 * - `ties`: of each factor's numbers the largest share stay, of the others those that have the sign of the majority, and they
 *   are averaged. `dare_linear`, `dare_ties`: a random share stays, and grows by as much as was dropped. `magnitude_prune`: the
 *   largest share stays, and is added.
 * - with `_svd`: the same of the updates themselves, brought to a given rank afterwards.
 */
export type CombineRule =
  | 'cat'
  | 'svd'
  | 'linear'
  | 'ties'
  | 'ties_svd'
  | 'dare_linear'
  | 'dare_linear_svd'
  | 'dare_ties'
  | 'dare_ties_svd'
  | 'magnitude_prune'
  | 'magnitude_prune_svd';

/** Every {@link CombineRule}. */
export const combineRules: readonly CombineRule[] = [
  'cat',
  'svd',
  'linear',
  'ties',
  'ties_svd',
  'dare_linear',
  'dare_linear_svd',
  'dare_ties',
  'dare_ties_svd',
  'magnitude_prune',
  'magnitude_prune_svd',
];

/** How adapters are combined. */
export interface CombineOptions {
  readonly rule: CombineRule;
  /** One for each adapter; negative ones take an update away. */
  readonly weights: readonly number[];
  /** Share of numbers that stay, above 0 and up to 1, for the rules that drop some. */
  readonly density: number;
  /** Rank of the outcome, for rules of an SVD; the largest of the adapters' if absent. */
  readonly rank?: number;
  /** For `ties`: which sign is the majority's, that of the sum or that of most. */
  readonly majority: 'total' | 'frequency';
  /** For `dare`: what is dropped follows from it. */
  readonly seed: number;
}

/**
 * One adapter of several of one method, which acts as they do together.
 *
 * @param adapters of one model; in the order of the weights
 * @param options what is left out is `cat`, weights of 1, density 1, seed 0 and the sign of the sum
 * @param options.name of the outcome; `combined` by default
 * @throws TunesmithError `cannot-combine` for adapters of different methods, of a method that has no such thing, and for what the
 * method cannot combine; `invalid-combination` for numbers that do not fit
 */
export function combineAdapters(
  adapters: readonly Adapter[],
  options: Partial<CombineOptions> & { readonly name?: string } = {},
): Adapter {
  const { name = 'combined', ...given } = options;
  const complete: CombineOptions = {
    rule: 'cat',
    weights: adapters.map(() => 1),
    density: 1,
    majority: 'total',
    seed: 0,
    ...given,
  };
  const [first] = adapters;
  if (!first) throw cannotCombine('there is no adapter to combine', 0);
  checkNumbers(complete, adapters.length);
  const other = adapters.find(({ method }) => method.name !== first.method.name);
  if (other)
    throw cannotCombine(
      `adapters "${first.name}" (${first.method.name}) and "${other.name}" (${other.method.name}) are of different methods`,
      other.method.name,
    );
  const { method, model, architecture } = first;
  if (!method.combine)
    throw cannotCombine(`adapters of method "${method.name}" cannot be combined`, method.name);
  const { config, parameters } = method.combine(adapters, complete);
  const plan = checkPlan(method, method.plan(model, config), model);
  return { name: checkAdapterName(name), method, config, plan, model, architecture, parameters };
}

function checkNumbers({ rule, weights, density, rank }: CombineOptions, count: number): void {
  const refuse = (message: string, value: unknown, accepted: string): never => {
    throw new TunesmithError({
      package: '@tunesmith/peft',
      code: 'invalid-combination',
      message,
      value,
      accepted,
    });
  };
  if (!combineRules.includes(rule))
    refuse(`no rule combines adapters as "${rule}"`, rule, combineRules.join(', '));
  if (weights.length !== count)
    refuse(`${count} adapters have ${weights.length} weights`, weights, 'a weight for each');
  const wrong = weights.find((weight) => !Number.isFinite(weight) || weight === 0);
  if (wrong !== undefined) refuse(`an adapter has weight ${wrong}`, wrong, 'a number but 0');
  if (!(density > 0 && density <= 1))
    refuse(`a share of ${density} is to stay`, density, 'above 0 and up to 1');
  if (rank !== undefined && !(Number.isInteger(rank) && rank > 0))
    refuse(`the outcome has rank ${rank}`, rank, 'a whole number above 0');
}

function cannotCombine(message: string, value: unknown): TunesmithError {
  return new TunesmithError({
    package: '@tunesmith/peft',
    code: 'cannot-combine',
    message,
    value,
    accepted: 'adapters of one method that adds to weights, such as lora',
  });
}

import { type RandomSource } from '@tunesmith/schema';
import { checkNumbers, inUnit, type NumberRule } from './check-numbers.ts';

/** How the next token is drawn from the scores. Nothing but `temperature` acts where that is 0. */
export interface SamplingOptions {
  /** Scores are divided by it; 0 (the default) takes the most likely token. */
  readonly temperature?: number;
  /** Keep the k most likely tokens, and those that are as likely as the last of them. */
  readonly topK?: number;
  /** Keep the most likely tokens that together reach this probability, in (0, 1]. Holtzman et al. (2020). */
  readonly topP?: number;
  /** Keep tokens at least so likely, as a share of the most likely one's probability, in [0, 1]. Nguyen et al. (2024). */
  readonly minP?: number;
  /**
   * Keep the tokens whose surprise `−log p` is nearest to the expected one (the entropy), as many as reach this probability, in
   * (0, 1]. Meister et al. (2023).
   */
  readonly typicalP?: number;
  /** Keep tokens of at least this probability, in [0, 1), and the most likely one. Hewitt et al. (2022). */
  readonly epsilonCutoff?: number;
  /** Keep tokens of at least `min(η, √η · e^−entropy)`, η in [0, 1), and the most likely one. Hewitt et al. (2022). */
  readonly etaCutoff?: number;
}

const share = (value: number): boolean => value >= 0 && value < 1;

const rules: readonly NumberRule<SamplingOptions>[] = [
  ['temperature', (value) => value >= 0 && Number.isFinite(value), '0 or more'],
  ['topK', (value) => Number.isSafeInteger(value) && value >= 1, 'a whole number, at least 1'],
  ['topP', inUnit, 'above 0, at most 1'],
  ['minP', (value) => value >= 0 && value <= 1, '0 to 1'],
  ['typicalP', inUnit, 'above 0, at most 1'],
  ['epsilonCutoff', share, '0 or more, below 1'],
  ['etaCutoff', share, '0 or more, below 1'],
];

/** Checks the options' ranges. @throws `invalid-sampling` */
export function checkSampling(options: SamplingOptions): void {
  checkNumbers('invalid-sampling', options, rules);
}

/** The index of the largest value; the first of equals. */
export function argMax(values: Float32Array): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i]! > values[best]!) best = i;
  return best;
}

/** Tokens that may be drawn, most likely first, and the weight of every token. */
interface Candidates {
  readonly ids: readonly number[];
  readonly weights: Float64Array;
  /** Of all tokens that the one before left. */
  readonly total: number;
}

type Warper = (candidates: Candidates) => readonly number[];

function totalOf(ids: readonly number[], weights: Float64Array): number {
  return ids.reduce((sum, id) => sum + weights[id]!, 0);
}

/** `−Σ p log p` of the candidates. */
function entropyOf({ ids, weights, total }: Candidates): number {
  return ids.reduce((sum, id) => {
    const p = weights[id]! / total;
    return p > 0 ? sum - p * Math.log(p) : sum;
  }, 0);
}

/** How many of the candidates, in the order in which they are given, reach a probability together. */
function reaching({ ids, weights, total }: Candidates, mass: number): number {
  let reached = 0;
  const last = ids.findIndex((id) => (reached += weights[id]!) >= mass * total);
  return last < 0 ? ids.length : last + 1;
}

function nucleus(topP: number): Warper {
  return (candidates) => candidates.ids.slice(0, reaching(candidates, topP));
}

function typical(mass: number): Warper {
  return (candidates) => {
    const { ids, weights, total } = candidates;
    const entropy = entropyOf(candidates);
    const distance = new Map(
      ids.map((id) => [id, Math.abs(-Math.log(weights[id]! / total) - entropy)] as const),
    );
    const nearest = ids.toSorted((a, b) => distance.get(a)! - distance.get(b)!);
    const furthest = distance.get(nearest[reaching({ ...candidates, ids: nearest }, mass) - 1]!)!;
    return ids.filter((id) => distance.get(id)! <= furthest);
  };
}

/** Keeps what has at least some probability, and the most likely tokens in any case. */
function atLeast(cutoff: (candidates: Candidates) => number): Warper {
  return (candidates) => {
    const { ids, weights, total } = candidates;
    const least = Math.min(cutoff(candidates) * total, weights[ids[0]!]!);
    return ids.filter((id) => weights[id]! >= least);
  };
}

/** The warpers that options ask for after top-k, in the order of Hugging Face's transformers. */
function warpersOf({ topP, minP, typicalP, epsilonCutoff, etaCutoff }: SamplingOptions): Warper[] {
  return [
    ...(topP === undefined || topP >= 1 ? [] : [nucleus(topP)]),
    ...(minP === undefined || minP === 0
      ? []
      : [atLeast(({ ids, weights, total }) => (minP * weights[ids[0]!]!) / total)]),
    ...(typicalP === undefined || typicalP >= 1 ? [] : [typical(typicalP)]),
    ...(epsilonCutoff === undefined || epsilonCutoff === 0 ? [] : [atLeast(() => epsilonCutoff)]),
    ...(etaCutoff === undefined || etaCutoff === 0
      ? []
      : [
          atLeast((candidates) =>
            Math.min(etaCutoff, Math.sqrt(etaCutoff) * Math.exp(-entropyOf(candidates))),
          ),
        ]),
  ];
}

/** Below this weight no token can be kept by top-k, or by top-p where it is the first to choose. */
function floorOf(
  weights: Float64Array,
  total: number,
  { topK, topP = 1 }: SamplingOptions,
): number {
  if (topK !== undefined)
    return topK < weights.length
      ? Float64Array.from(weights).toSorted()[weights.length - topK]!
      : 0;
  // What lies below this cannot reach 1 − topP together, so the kept tokens are among the others.
  return topP < 1 ? ((1 - topP) * total) / weights.length : 0;
}

/**
 * The tokens that stay after temperature, top-k, top-p, min-p, typical, epsilon and eta, in this order, each on the probabilities
 * that the one before left, as Hugging Face's transformers computes them.
 *
 * @param scores `[vocabulary]`, the largest finite
 * @returns their ids, most likely first, and the weight of every token; no ids where all stay
 */
export function warp(
  scores: Float32Array,
  options: SamplingOptions,
): { ids: readonly number[] | undefined; weights: Float64Array } {
  const { temperature = 1, topK } = options;
  const largest = scores[argMax(scores)]!;
  const weights = new Float64Array(scores.length);
  let all = 0;
  for (let id = 0; id < scores.length; id++) {
    weights[id] = Math.exp((scores[id]! - largest) / temperature);
    all += weights[id]!;
  }
  const warpers = warpersOf(options);
  if (warpers.length === 0 && topK === undefined) return { ids: undefined, weights };
  const floor = floorOf(weights, all, options);
  const first: number[] = [];
  for (let id = 0; id < weights.length; id++)
    if (weights[id]! >= floor && weights[id]! > 0) first.push(id);
  first.sort((a, b) => weights[b]! - weights[a]! || a - b);
  let candidates = { ids: first as readonly number[], weights, total: all };
  if (topK !== undefined) candidates.total = totalOf(first, weights);
  for (const keep of warpers) {
    const ids = keep(candidates);
    candidates = { ids, weights, total: totalOf(ids, weights) };
  }
  return candidates;
}

/**
 * Chooses the next token.
 *
 * @param scores `[vocabulary]`, after all processors
 * @param random used only where `temperature` is above 0, once
 */
export function chooseToken(
  scores: Float32Array,
  options: SamplingOptions,
  random: RandomSource,
): number {
  if ((options.temperature ?? 0) === 0) return argMax(scores);
  const { ids, weights } = warp(scores, options);
  if (!ids) {
    let left = random() * weights.reduce((sum, weight) => sum + weight, 0);
    const chosen = weights.findIndex((weight) => (left -= weight) < 0);
    // Rounding can leave a crumb beyond the last token.
    return chosen >= 0 ? chosen : argMax(scores);
  }
  let left = random() * totalOf(ids, weights);
  return ids.find((id) => (left -= weights[id]!) < 0) ?? ids.at(-1)!;
}

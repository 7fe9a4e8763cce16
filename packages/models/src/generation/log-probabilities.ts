import type { Tokenizer } from '../tokenizer/tokenizer.ts';

/** A token that stands or could stand at a place, and how likely the model itself finds it. */
export interface LikelyToken {
  readonly id: number;
  /** What it decodes to by itself; absent without a tokenizer, and for ids that no token stands for. */
  readonly text?: string;
  /** Natural logarithm. */
  readonly logProbability: number;
}

/** How likely a token was where it was written. */
export interface TokenLogProbability extends LikelyToken {
  /** The most likely tokens in its place, most likely first. */
  readonly top: readonly LikelyToken[];
}

/** `log Σ exp(logits)`. */
export function logSumExp(logits: Float32Array): number {
  let largest = Number.NEGATIVE_INFINITY;
  for (const logit of logits) if (logit > largest) largest = logit;
  let sum = 0;
  for (const logit of logits) sum += Math.exp(logit - largest);
  return largest + Math.log(sum);
}

/** The ids of the `count` largest values, largest first; of equal ones the first. */
export function largestOf(values: Float32Array, count: number): number[] {
  const found: number[] = [];
  if (count === 0) return found;
  for (let id = 0; id < values.length; id++) {
    const value = values[id]!;
    if (found.length === count && !(value > values[found.at(-1)!]!)) continue;
    let place = found.length;
    while (place > 0 && value > values[found[place - 1]!]!) place--;
    found.splice(place, 0, id);
    if (found.length > count) found.pop();
  }
  return found;
}

/**
 * `log softmax(logits)` of a token and of the most likely ones.
 *
 * @param logits `[vocabulary]`, as the model gives them
 * @param alternatives how many of the most likely tokens are told
 */
export function logProbabilityOf(
  logits: Float32Array,
  id: number,
  alternatives: number,
  tokenizer: Tokenizer | undefined,
): TokenLogProbability {
  const total = logSumExp(logits);
  const likely = (one: number): LikelyToken => ({
    id: one,
    ...(tokenizer?.token(one) === undefined ? {} : { text: tokenizer.decode([one]) }),
    logProbability: logits[one]! - total,
  });
  return { ...likely(id), top: largestOf(logits, alternatives).map(likely) };
}

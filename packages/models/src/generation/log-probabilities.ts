/** How likely a token was where it was written, by the model itself. */
export interface TokenLogProbability {
  readonly id: number;
  /** Natural logarithm. */
  readonly logProbability: number;
  /** The most likely tokens in its place, most likely first. */
  readonly top: readonly { readonly id: number; readonly logProbability: number }[];
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
): TokenLogProbability {
  const total = logSumExp(logits);
  return {
    id,
    logProbability: logits[id]! - total,
    top: largestOf(logits, alternatives).map((one) => ({
      id: one,
      logProbability: logits[one]! - total,
    })),
  };
}

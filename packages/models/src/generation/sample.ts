import { type RandomSource } from '@tunesmith/schema';
import { modelsError } from '../errors.ts';

/** How the next token is chosen from the logits. */
export interface SamplingOptions {
  /** Logits are divided by it; 0 (the default) takes the most likely token. */
  readonly temperature?: number;
  /** Keep the k most likely tokens. */
  readonly topK?: number;
  /** Keep the most likely tokens that together reach this probability, in (0, 1]. Holtzman et al. (2020). */
  readonly topP?: number;
  /** Divides the logits of tokens already seen where they are positive, multiplies them where negative; 1 changes nothing. Keskar et al. (2019). */
  readonly repetitionPenalty?: number;
}

/** Checks the options' ranges. */
export function checkSampling(options: SamplingOptions): void {
  const { temperature = 0, topK = 1, topP = 1, repetitionPenalty = 1 } = options;
  const rules: [string, unknown, boolean, string][] = [
    ['temperature', temperature, temperature >= 0 && Number.isFinite(temperature), '0 or more'],
    ['topK', topK, Number.isSafeInteger(topK) && topK >= 1, 'a whole number, at least 1'],
    ['topP', topP, topP > 0 && topP <= 1, 'above 0, at most 1'],
    [
      'repetitionPenalty',
      repetitionPenalty,
      repetitionPenalty > 0 && Number.isFinite(repetitionPenalty),
      'above 0',
    ],
  ];
  for (const [name, value, valid, accepted] of rules) {
    if (!valid)
      throw modelsError({
        code: 'invalid-sampling',
        message: `${name} is ${String(value)}`,
        value,
        accepted,
      });
  }
}

/** The index of the largest value; the first of equals. */
export function argMax(values: Float32Array): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i]! > values[best]!) best = i;
  return best;
}

function penalized(logits: Float32Array, seen: ReadonlySet<number>, penalty: number): Float32Array {
  if (penalty === 1) return logits;
  const changed = Float32Array.from(logits);
  for (const id of seen) {
    const logit = changed[id]!;
    changed[id] = logit > 0 ? logit / penalty : logit * penalty;
  }
  return changed;
}

/** Tokens that stay after top-k and top-p, most likely first, with their weights. */
function candidates(
  weights: Float64Array,
  total: number,
  topK: number | undefined,
  topP: number,
): number[] {
  // What lies below this cannot reach 1 − topP together, so the kept tokens are among the others.
  const floor = topP < 1 && topK === undefined ? ((1 - topP) * total) / weights.length : 0;
  let kept: number[] = [];
  for (let id = 0; id < weights.length; id++) if (weights[id]! > floor) kept.push(id);
  kept.sort((a, b) => weights[b]! - weights[a]! || a - b);
  if (topK !== undefined) kept = kept.slice(0, topK);
  if (topP >= 1) return kept;
  const mass = kept.reduce((sum, id) => sum + weights[id]!, 0);
  const goal = topP * (topK === undefined ? total : mass);
  let reached = 0;
  const end = kept.findIndex((id) => (reached += weights[id]!) >= goal);
  return end < 0 ? kept : kept.slice(0, end + 1);
}

/**
 * Chooses the next token: repetition penalty, temperature, top-k, top-p, in Hugging Face's order.
 *
 * @param logits `[vocabulary]`
 * @param seen ids of the prompt and of what was written
 * @param random used only where `temperature` is above 0
 */
export function chooseToken(
  logits: Float32Array,
  seen: ReadonlySet<number>,
  options: SamplingOptions,
  random: RandomSource,
): number {
  const { temperature = 0, topK, topP = 1, repetitionPenalty = 1 } = options;
  const scores = penalized(logits, seen, repetitionPenalty);
  if (temperature === 0) return argMax(scores);
  const largest = scores[argMax(scores)]!;
  const weights = new Float64Array(scores.length);
  let total = 0;
  for (let id = 0; id < scores.length; id++) {
    weights[id] = Math.exp((scores[id]! - largest) / temperature);
    total += weights[id]!;
  }
  if (topK === undefined && topP >= 1) {
    let left = random() * total;
    const chosen = weights.findIndex((weight) => (left -= weight) < 0);
    // Rounding can leave a crumb beyond the last token.
    return chosen >= 0 ? chosen : argMax(scores);
  }
  const kept = candidates(weights, total, topK, topP);
  let left = random() * kept.reduce((sum, id) => sum + weights[id]!, 0);
  return kept.find((id) => (left -= weights[id]!) < 0) ?? kept.at(-1)!;
}

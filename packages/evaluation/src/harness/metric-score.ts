import { TunesmithError, type Metric } from '@tunesmith/schema';

/**
 * What a metric says of one answer, held to what it promised: a number inside its range. It gets a list of its own, which it may
 * change.
 *
 * @param id the instance, for messages
 * @throws TunesmithError `invalid-score` for NaN, a number outside the range, or something that is no number (a promise,
 * nothing); `metric-failed` where the metric throws
 */
export function scoreOf(
  metric: Metric,
  id: string,
  prediction: string,
  references: readonly string[],
): number {
  const score = call(metric, id, prediction, references);
  // Nobody waits for a promise that is refused here, so its own failure must not end the process.
  if (isPromise(score)) score.then(undefined, () => undefined);
  const [lowest, highest] = metric.range;
  if (typeof score === 'number' && score >= lowest && score <= highest) return score;
  throw new TunesmithError({
    package: '@tunesmith/evaluation',
    code: 'invalid-score',
    message: `metric "${metric.name}" gave ${shown(score)} for instance "${id}"; its range is [${lowest}, ${highest}]`,
    value: score,
    accepted: 'a number inside that range, given at once',
  });
}

function call(
  metric: Metric,
  id: string,
  prediction: string,
  references: readonly string[],
): unknown {
  try {
    return metric.score(prediction, [...references]);
  } catch (cause) {
    if (TunesmithError.is(cause)) throw cause;
    throw new TunesmithError({
      package: '@tunesmith/evaluation',
      code: 'metric-failed',
      kind: 'failure',
      message: `metric "${metric.name}" failed on instance "${id}": ${cause instanceof Error ? cause.message : String(cause)}`,
      value: prediction,
      cause,
    });
  }
}

function shown(score: unknown): string {
  if (typeof score === 'number' || score === undefined || score === null) return String(score);
  if (isPromise(score)) return 'a promise';
  return typeof score === 'string' ? JSON.stringify(score) : `a value of type ${typeof score}`;
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as Partial<PromiseLike<unknown>> | null | undefined)?.then === 'function';
}

import { TunesmithError, isTokenized } from '@tunesmith/schema';
import { countWords, textOf } from '../text-of.ts';
import type { RecordFilter } from './filter.ts';

/** Bounds, both included. */
export interface Bounds {
  readonly minimum?: number;
  readonly maximum?: number;
}

/**
 * Keeps records whose lengths lie within bounds.
 *
 * @param bounds.prompt characters of instruction and input
 * @param bounds.answer characters of the answer
 * @param bounds.words words of prompt and answer together
 * @param bounds.tokens tokens of a tokenized record; texts have none and pass
 * @throws TunesmithError `invalid-filter` where a minimum is above its maximum
 */
export function lengthBetween(bounds: {
  prompt?: Bounds;
  answer?: Bounds;
  words?: Bounds;
  tokens?: Bounds;
}): RecordFilter {
  for (const [what, { minimum = 0, maximum = Number.POSITIVE_INFINITY }] of Object.entries(
    bounds,
  )) {
    if (minimum <= maximum) continue;
    throw new TunesmithError({
      package: '@tunesmith/datasets',
      code: 'invalid-filter',
      message: `${what}: minimum ${minimum} is above maximum ${maximum}`,
      value: minimum,
      accepted: `a minimum of at most ${maximum}`,
    });
  }
  return {
    name: 'length',
    begin: () => (record) => {
      if (isTokenized(record)) return outside('tokens', record.input_ids.length, bounds.tokens);
      const { prompt, answer } = textOf(record)!;
      return (
        outside('prompt characters', prompt.length, bounds.prompt) ??
        outside('answer characters', answer.length, bounds.answer) ??
        outside('words', countWords(prompt) + countWords(answer), bounds.words)
      );
    },
  };
}

function outside(what: string, length: number, bounds: Bounds = {}): string | undefined {
  if (bounds.minimum !== undefined && length < bounds.minimum)
    return `fewer than ${bounds.minimum} ${what}`;
  if (bounds.maximum !== undefined && length > bounds.maximum)
    return `more than ${bounds.maximum} ${what}`;
  return undefined;
}

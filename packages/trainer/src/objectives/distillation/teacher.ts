import type { DataRecord } from '@tunesmith/schema';
import { failure } from '../record-text.ts';

/**
 * What a teacher gave each of several answers or labels: `meta.distribution`, scaled so that it adds up to 1.
 *
 * @throws TunesmithError `missing-distribution`, `invalid-distribution` naming the example
 */
export function distributionOf(record: DataRecord, size: number): number[] {
  const given = record.meta?.['distribution'];
  if (given === undefined)
    throw failure(
      record.id,
      'missing-distribution',
      'has no distribution of a teacher',
      'meta.distribution',
    );
  if (Array.isArray(given) && given.length === size) return scaled(record, given);
  throw invalid(record, given, `${size} probabilities, in the order of what is chosen from`);
}

/** A teacher's likeliest tokens at one position. */
export interface TeacherTokens {
  readonly ids: readonly number[];
  /** Adds up to 1. */
  readonly probabilities: readonly number[];
}

/**
 * What a teacher predicted at each supervised position: `meta.teacher`, `{ ids, probabilities }` with one list for each, of its
 * likeliest tokens. What they do not add up to 1 is shared among them by their size.
 *
 * @param positions supervised positions of the whole record
 * @throws TunesmithError `missing-distribution`, `invalid-distribution` naming the example
 */
export function teacherTokensOf(record: DataRecord, positions: number): TeacherTokens[] {
  const given = record.meta?.['teacher'] as { ids?: unknown; probabilities?: unknown } | undefined;
  if (given === undefined)
    throw failure(
      record.id,
      'missing-distribution',
      'has no predictions of a teacher',
      'meta.teacher',
    );
  const { ids, probabilities } = given;
  const accepted = `ids and probabilities, each ${positions} lists of equal lengths, one for each supervised token`;
  if (!isLists(ids, positions) || !isLists(probabilities, positions))
    throw invalid(record, given, accepted);
  return ids.map((own, i) => {
    const fits =
      own.length === probabilities[i]!.length && own.every((id) => Number.isInteger(id) && id >= 0);
    if (!fits) throw invalid(record, own, accepted);
    return { ids: own, probabilities: scaled(record, probabilities[i]!) };
  });
}

/** Probabilities at a temperature T: `pᵢ^(1/T) / Σ pⱼ^(1/T)`, the softmax of the teacher's logits over T. */
export function tempered(probabilities: readonly number[], temperature: number): number[] {
  const powers = probabilities.map((p) => p ** (1 / temperature));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}

/** `Σ p log p`, what the divergence from p has besides its cross-entropy. */
export function negativeEntropy(probabilities: readonly number[]): number {
  return probabilities.reduce((sum, p) => sum + (p > 0 ? p * Math.log(p) : 0), 0);
}

function isLists(value: unknown, length: number): value is number[][] {
  return (
    Array.isArray(value) &&
    value.length === length &&
    value.every((list) => Array.isArray(list) && list.length > 0)
  );
}

function scaled(record: DataRecord, values: readonly unknown[]): number[] {
  const numbers = values.map(Number);
  const sum = numbers.reduce((total, value) => total + value, 0);
  if (numbers.every((value) => value >= 0) && sum > 0 && Number.isFinite(sum))
    return numbers.map((value) => value / sum);
  throw invalid(record, values, 'numbers of at least 0, not all of them 0');
}

function invalid(record: DataRecord, value: unknown, accepted: string): Error {
  return failure(
    record.id,
    'invalid-distribution',
    `has ${JSON.stringify(value)} of a teacher`,
    accepted,
    value,
  );
}

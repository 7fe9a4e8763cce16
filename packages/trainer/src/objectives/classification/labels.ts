import type { HeadKind } from '@tunesmith/models';
import { isInstance, isTokenized } from '@tunesmith/schema';
import type { DataRecord } from '@tunesmith/schema';
import type { ObjectiveContext } from '../objective.ts';
import { contentOf, failure, turnsOf } from '../record-text.ts';

/** A head that gives labels. */
export type LabelHead = Extract<HeadKind, { kind: 'labels' }>;

/**
 * What a record should be classified as: of several labels the number of the right one (`single`), a 1 or 0 for each
 * (`several`), or the numbers to come near (`regression`).
 *
 * It stands in `meta.label`: the label's name or number, a list of those, or numbers; where that is absent, the answer's text
 * says it, several names separated by commas.
 *
 * @param renamed names of labels for texts that are none: `{ positive: LABEL_1 }`
 * @throws TunesmithError `unknown-label`, `missing-label`, `invalid-label` naming the example
 */
export function labelsOf(
  record: DataRecord,
  { labels, problem }: LabelHead,
  context: ObjectiveContext,
  renamed: Readonly<Record<string, string>>,
): number[] {
  const given = record.meta?.['label'] ?? answerOf(record, context);
  const { id } = record;
  if (problem === 'regression') {
    const numbers = [given].flat().map((value) => (value === '' ? Number.NaN : Number(value)));
    if (numbers.length === labels.length && numbers.every(Number.isFinite)) return numbers;
    throw failure(
      id,
      'invalid-label',
      `has the label ${JSON.stringify(given)}`,
      `${labels.length} numbers`,
      given,
    );
  }
  const numberOf = (value: unknown): number => {
    const text = String(value).trim();
    const name = Object.hasOwn(renamed, text) ? renamed[text]! : text;
    const found = labels.indexOf(name);
    if (found >= 0) return found;
    if (Number.isInteger(value) && Number(value) >= 0 && Number(value) < labels.length)
      return Number(value);
    throw failure(
      id,
      'unknown-label',
      `has the label ${JSON.stringify(value)}, which the model does not know`,
      `one of ${labels.join(', ')}, or its number`,
      value,
    );
  };
  if (problem === 'single') {
    const [only, ...more] = [given].flat();
    if (only !== undefined && more.length === 0) return [numberOf(only)];
    throw failure(id, 'invalid-label', `has ${more.length + 1} labels`, 'one label', given);
  }
  const names =
    typeof given === 'string'
      ? given.split(',').filter((name) => name.trim() !== '')
      : [given].flat();
  const right = new Set(names.map(numberOf));
  return labels.map((_, label) => (right.has(label) ? 1 : 0));
}

/** Whether a record says anything of its label. */
export function saysLabel(record: DataRecord, context: ObjectiveContext): boolean {
  if (record.meta?.['label'] !== undefined) return true;
  if (isTokenized(record)) return false;
  return isInstance(record) ? record.output !== '' : turnsOf(record, context).answer !== undefined;
}

function answerOf(record: DataRecord, context: ObjectiveContext): string {
  const { id } = record;
  if (isTokenized(record)) throw missing(id);
  if (isInstance(record)) return record.output;
  const { answer } = turnsOf(record, context);
  if (answer) return contentOf(answer, id);
  throw missing(id);
}

function missing(id: string): Error {
  return failure(id, 'missing-label', 'has no label', 'meta.label, or an answer that is a label');
}

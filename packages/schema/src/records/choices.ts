import { TunesmithError } from '../errors/tunesmith-error.ts';
import type { PromptTemplate } from '../plugins/data-contracts.ts';
import { showValue } from '../validation/describe.ts';
import { isInstance, type DataRecord } from './data-record.ts';

/**
 * The closed set of answers of a record: those of its `meta.choices`; where an instance has none, those that the template knows.
 *
 * @returns undefined where neither says any
 * @throws TunesmithError `invalid-choices` naming the record, where `meta.choices` is no list of texts
 */
export function answerChoices(
  record: DataRecord,
  template?: Pick<PromptTemplate, 'labels'>,
): readonly string[] | undefined {
  const choices: unknown = record.meta?.choices;
  if (choices === undefined) return isInstance(record) ? template?.labels?.() : undefined;
  if (isListOfTexts(choices)) return choices;
  throw new TunesmithError({
    package: '@tunesmith/schema',
    code: 'invalid-choices',
    message: `record ${JSON.stringify(record.id)}: meta.choices is ${showValue(choices)}`,
    value: choices,
    accepted: 'a list of texts',
  });
}

function isListOfTexts(value: unknown): value is readonly string[] {
  return (
    Array.isArray(value) && value.length > 0 && value.every((item) => typeof item === 'string')
  );
}

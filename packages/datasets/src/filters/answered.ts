import { isTokenized } from '@tunesmith/schema';
import { textOf } from '../text-of.ts';
import type { RecordFilter } from './filter.ts';

/** Drops records that have nothing to learn: no answer but white space, or no label but -100. */
export function answered(): RecordFilter {
  return {
    name: 'answered',
    begin: () => (record) => {
      if (isTokenized(record)) {
        // Labels are shifted: the first one is never predicted.
        return record.labels.slice(1).some((label) => label !== -100)
          ? undefined
          : 'no supervised token';
      }
      return textOf(record)!.answer.trim() === '' ? 'empty answer' : undefined;
    },
  };
}

import { isTokenized, type DataFilter } from '@tunesmith/schema';
import { textOf } from '../text-of.ts';
import { judgeEach } from './judge-each.ts';

/** Drops records that have nothing to learn: no answer but white space, or no label but -100. */
export const answered: DataFilter = {
  specVersion: 2,
  name: 'answered',
  description: 'Drops records that have nothing to learn: no answer, or no supervised token.',
  judge: judgeEach(() => (record) => {
    if (isTokenized(record)) {
      // Labels are shifted: the first one is never predicted.
      return record.labels.slice(1).some((label) => label !== -100)
        ? undefined
        : 'no supervised token';
    }
    return textOf(record)!.answer.trim() === '' ? 'empty answer' : undefined;
  }),
};

import { findAdapter } from '@tunesmith/datasets';
import { isInstance, isTokenized, type DataRecord } from '@tunesmith/schema';

/** Records as rows of a file that is read back as they are. */
export function rowsOf(records: readonly DataRecord[]): string {
  const name = records.every(isInstance)
    ? 'alpaca'
    : records.every(isTokenized)
      ? 'tokenized'
      : 'messages';
  const format = findAdapter(name);
  return records.map((record) => `${JSON.stringify(format.write!(record, {}))}\n`).join('');
}

import type { DataFilter, DataRecord, FilterVerdict } from '@tunesmith/schema';

/** A verdict without its record: nothing where it stays as it is, a text for why it leaves. */
export type Judgment = string | undefined | Omit<FilterVerdict, 'record'> | FilterVerdict;

/** The `judge` of a filter that sees one record at a time, from a function that begins a pass. */
export function judgeEach<Options>(
  begin: (options: Options) => (record: DataRecord) => Judgment,
): DataFilter['judge'] {
  return async function* (records, _context, options = {}) {
    const judge = begin(options as Options);
    for await (const record of records) {
      const said = judge(record);
      yield typeof said === 'string' ? { record, dropped: said } : { record, ...said };
    }
  };
}

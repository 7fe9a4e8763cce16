import { TunesmithError, findProblems, type DatasetAdapter } from '@tunesmith/schema';
import { builtinAdapters } from './builtin.ts';

/** Which adapter reads a file, and why it was chosen. */
export interface Detection {
  readonly adapter: DatasetAdapter;
  /** For people: `all 20 rows have instruction, output`. */
  readonly reason: string;
}

/**
 * Finds the one adapter whose row schema fits every row of a sample.
 *
 * @param rows the first rows of a file; 20 are plenty
 * @param adapters candidates
 * @throws TunesmithError `no-adapter` where none fits, saying why each does not, and
 * `ambiguous-format` where several do.
 */
export function detectAdapter(
  rows: readonly Record<string, unknown>[],
  adapters: readonly DatasetAdapter[] = builtinAdapters,
): Detection {
  if (rows.length === 0)
    throw failure('no-adapter', 'there are no rows to tell the format by', adapters);
  const fitting = adapters.filter((adapter) =>
    rows.every((row) => findProblems(adapter.row, row).length === 0),
  );
  const [adapter, another] = fitting;
  if (adapter && another) {
    const names = fitting.map(({ name }) => name).join(' and ');
    throw failure('ambiguous-format', `the rows fit ${names}: name one`, fitting);
  }
  if (adapter) {
    const keys = (adapter.row.required ?? []).join(', ');
    return {
      adapter,
      reason: `${rows.length === 1 ? 'the row has' : `all ${rows.length} rows have`} ${keys}`,
    };
  }
  const reasons = adapters.map((candidate) => {
    const bad = rows.findIndex((row) => findProblems(candidate.row, row).length > 0);
    return `${candidate.name} (row ${bad + 1}: ${findProblems(candidate.row, rows[bad])[0]!.message})`;
  });
  throw failure('no-adapter', `no adapter fits: ${reasons.join('; ')}`, adapters);
}

function failure(
  code: string,
  message: string,
  adapters: readonly DatasetAdapter[],
): TunesmithError {
  return new TunesmithError({
    package: '@tunesmith/datasets',
    code,
    message,
    accepted: adapters.map(({ name }) => name),
  });
}

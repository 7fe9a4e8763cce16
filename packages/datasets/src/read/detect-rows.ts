import { findProblems, TunesmithError, type DatasetAdapter } from '@tunesmith/schema';
import { builtinAdapters } from '../adapters/builtin.ts';
import { detectAdapter, type Detection } from '../adapters/detect.ts';
import { countWords } from '../text-of.ts';
import type { BadRow, SourceRow } from './rows.ts';

const sampleSize = 20;
/** Rows among which a readable one is looked for before the format is given up. */
const searchedRows = 1000;

/**
 * The first rows, taken without closing the source: enough readable ones to tell the format by. Where the file cannot be read on
 * after some, the source that is given back throws that.
 */
async function firstRows(source: Rows): Promise<{ sample: (SourceRow | BadRow)[]; rest: Rows }> {
  const sample: (SourceRow | BadRow)[] = [];
  try {
    for (let readable = 0; readable < sampleSize && sample.length < searchedRows;) {
      const next = await source.next();
      if (next.done) break;
      sample.push(next.value);
      if ('value' in next.value) readable += 1;
    }
  } catch (error) {
    if (sample.length === 0) throw error;
    return { sample, rest: failing(error) };
  }
  return { sample, rest: source };
}

// oxlint-disable-next-line require-yield
async function* failing(error: unknown): Rows {
  throw error;
}

type Rows = AsyncGenerator<SourceRow | BadRow>;

/** Rows of which the first ones were looked at. */
export interface Detected {
  source: Rows;
  sample: (SourceRow | BadRow)[];
  adapter: DatasetAdapter | undefined;
  detection: Detection | undefined;
}

/**
 * The rows, and the adapter of the readable ones among the first; none where there is no such row, so that each row's own
 * fault is told. A table that no adapter fits may lack a line of names: it is read again as those that expect none do.
 */
export async function detected(
  open: (columns?: readonly string[]) => Rows,
  what: { file: string; table: boolean; adapters?: readonly DatasetAdapter[] },
): Promise<Detected> {
  const { sample, rest: source } = await firstRows(open());
  const rows = sample.filter((row): row is SourceRow => 'value' in row);
  if (rows.length === 0) return { source, sample, adapter: undefined, detection: undefined };
  try {
    const detection = detectAdapter(
      rows.map(({ value }) => value),
      { ...what, lines: rows.map(({ line }) => line) },
    );
    const { adapter } = detection;
    if (!what.table || !adapter.columns) return { source, sample, adapter, detection };
    // Such tables have no quoting, whether they have a line of names or not.
    await source.return(undefined);
    return { source: open(adapter.columns), sample: [], adapter, detection };
  } catch (error) {
    if (!what.table || !TunesmithError.is(error) || error.code !== 'no-adapter') throw error;
    await source.return(undefined);
    for (const adapter of what.adapters ?? builtinAdapters) {
      const found = adapter.columns && (await withoutNames(open, adapter));
      if (found) return found;
    }
    throw error;
  }
}

/** Words from which on a field is no name of a column. */
const fewestWords = 3;

/** A table read as one without a line of names, where its rows fit and its first line is no line of names. */
async function withoutNames(
  open: (columns?: readonly string[]) => Rows,
  adapter: DatasetAdapter,
): Promise<Detected | undefined> {
  const { sample, rest: source } = await firstRows(open(adapter.columns));
  const [first] = sample;
  const fits = (row: SourceRow | BadRow): boolean =>
    'value' in row && findProblems(adapter.row, row.value).length === 0;
  const isName = (field: unknown) => countWords(`${String(field)}`) < fewestWords;
  if (
    !first ||
    !('value' in first) ||
    Object.values(first.value).every(isName) ||
    !sample.every(fits)
  ) {
    await source.return(undefined);
    return undefined;
  }
  const columns = adapter.columns!;
  const reason = `all of the first ${sample.length} rows have ${columns.length} columns, without a line of names: ${columns.join(', ')}`;
  return { source, sample, adapter, detection: { adapter, reason } };
}

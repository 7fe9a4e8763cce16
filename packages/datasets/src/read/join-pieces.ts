import { TunesmithError, validate, type DatasetAdapter } from '@tunesmith/schema';
import { unusable } from '../adapters/parts/unusable-row.ts';
import { atRow } from './convert-rows.ts';
import { withoutAbsent } from './present.ts';
import type { BadRow, SourceRow } from './rows.ts';

type Pieces = NonNullable<DatasetAdapter['pieces']>;

/**
 * Rows in which the pieces that follow one another and share a key have become one row, at the place of the first of them; all other
 * rows as they are. Pieces that come after their row has ended are bad rows.
 */
export async function* joinPieces(
  rows: AsyncIterable<SourceRow | BadRow>,
  pieces: Pieces,
): AsyncGenerator<SourceRow | BadRow> {
  const ended = new Set<unknown>();
  let held: SourceRow[] = [];
  for await (const row of rows) {
    const key = 'value' in row ? keyOf(row, pieces) : undefined;
    if (held.length > 0 && key !== held[0]!.value[pieces.by]) {
      yield joined(held, pieces);
      ended.add(held[0]!.value[pieces.by]);
      held = [];
    }
    if (key === undefined || !('value' in row)) yield row;
    else if (ended.has(key)) yield { ...row, error: atRow(apart(key, pieces), row) };
    else held.push(row);
  }
  if (held.length > 0) yield joined(held, pieces);
}

/** What a piece belongs to; undefined for a row that is none. */
function keyOf({ value }: SourceRow, { row, by }: Pieces): unknown {
  return (row.required ?? []).every((key) => Object.hasOwn(value, key)) ? value[by] : undefined;
}

function joined(held: readonly SourceRow[], { row, join }: Pieces): SourceRow | BadRow {
  const [{ file, line, index }] = held as [SourceRow, ...SourceRow[]];
  const notes = held.flatMap((piece) => piece.notes ?? []);
  try {
    const values = held.map((piece) =>
      validate<Record<string, unknown>>(row, withoutAbsent(piece.value, row, { table: false }), {
        package: '@tunesmith/datasets',
        what: 'row',
        file: piece.file,
        line: piece.line,
      }),
    );
    return { file, line, index, value: join(values), ...(notes.length > 0 ? { notes } : {}) };
  } catch (error) {
    if (!TunesmithError.is(error)) throw error;
    return {
      file,
      line,
      index,
      error: error.code === 'unusable-row' ? atRow(error, held[0]!) : error,
    };
  }
}

function apart(key: unknown, { by }: Pieces): TunesmithError {
  return unusable(`rows of one ${by} stand apart`, {
    value: key,
    accepted: `rows in the order of ${by}, as tunesmith data query "select * from rows order by ${by}" writes them`,
  });
}

import { TunesmithError, findProblems, type DatasetAdapter } from '@tunesmith/schema';
import { withoutAbsent } from '../read/present.ts';
import { builtinAdapters } from './builtin.ts';

/** Which adapter reads a file, and why it was chosen. */
export interface Detection {
  readonly adapter: DatasetAdapter;
  /** For people: `all 20 rows have instruction, output`. */
  readonly reason: string;
}

/**
 * Finds the one adapter whose row schema fits most rows of a sample, and at least half of them. Where there is none,
 * the one whose required keys most rows have: faults in rows do not hide what the file is, and are named row by row
 * when it is read.
 *
 * @param rows the first rows of a file; 20 are plenty
 * @param options what to try, and what to say
 * @param options.adapters candidates; the built-in ones by default
 * @param options.file named in errors
 * @param options.lines the line of each row, named in errors
 * @param options.table whether the rows are of a table, in which an empty cell may be absence
 * @throws TunesmithError `no-adapter` where none fits, saying why each does not, and
 * `ambiguous-format` where several fit as many rows.
 */
export function detectAdapter(
  rows: readonly Record<string, unknown>[],
  {
    adapters = builtinAdapters,
    file,
    lines,
    table = false,
  }: {
    adapters?: readonly DatasetAdapter[];
    file?: string;
    lines?: readonly number[];
    table?: boolean;
  } = {},
): Detection {
  const fail = (code: string, message: string, candidates: readonly DatasetAdapter[]): never => {
    throw new TunesmithError({
      package: '@tunesmith/datasets',
      code,
      message: `${file === undefined ? '' : `${file}: `}${message}`,
      accepted: candidates.map(({ name }) => name),
    });
  };
  if (rows.length === 0)
    return fail('no-adapter', 'there are no rows to tell the format by', adapters);
  const tries = adapters.map((adapter) => ({
    adapter,
    problems: rows.map(
      (row) => findProblems(adapter.row, withoutAbsent(row, adapter.row, { table }))[0],
    ),
  }));
  const fitting = mostOf(tries, rows.length, ({ problems }) =>
    problems.map((problem) => problem === undefined),
  );
  const best =
    fitting.tries.length > 0
      ? fitting
      : mostOf(tries, rows.length, ({ adapter }) => rows.map((row) => hasKeys(row, adapter)));
  if (best.tries.length === 0) {
    const reasons = tries.map(({ adapter, problems }) => {
      const bad = problems.findIndex((problem) => problem !== undefined);
      const place = lines ? `line ${lines[bad]}` : `row ${bad + 1}`;
      return `${adapter.name} (${place}: ${problems[bad]!.message})`;
    });
    const names = Object.keys(rows[0]!)
      .slice(0, 20)
      .map((name) => JSON.stringify(name));
    const has = names.length === 0 ? 'nothing' : names.join(', ');
    return fail(
      'no-adapter',
      `no adapter fits: ${reasons.join('; ')}; the first row has ${has}`,
      adapters,
    );
  }
  if (best.tries.length > 1) {
    const candidates = best.tries.map(({ adapter }) => adapter);
    return fail(
      'ambiguous-format',
      `the rows fit ${candidates.map(({ name }) => name).join(' and ')}: name one`,
      candidates,
    );
  }
  const { adapter } = best.tries[0]!;
  const keys = (adapter.row.required ?? []).join(', ');
  const share =
    rows.length === 1
      ? 'the row has'
      : best.count === rows.length
        ? `all ${best.count} rows have`
        : `${best.count} of ${rows.length} rows have`;
  return { adapter, reason: `${share} ${keys}` };
}

/** The tries for which most rows pass; none where that is less than half of the rows. */
function mostOf<Try>(
  tries: readonly Try[],
  rows: number,
  passes: (tried: Try) => readonly boolean[],
): { tries: Try[]; count: number } {
  const counts = tries.map((tried) => passes(tried).filter(Boolean).length);
  const count = Math.max(...counts);
  const enough = count > 0 && count >= rows / 2;
  return { tries: enough ? tries.filter((_, index) => counts[index] === count) : [], count };
}

/** Whether a row has every key that an adapter's rows must have, whatever stands there. */
function hasKeys(row: Record<string, unknown>, { row: schema }: DatasetAdapter): boolean {
  const required = schema.required ?? [];
  return required.length > 0 && required.every((key) => Object.hasOwn(row, key));
}

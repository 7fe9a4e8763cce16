import { TunesmithError, findProblems, type DatasetAdapter } from '@tunesmith/schema';
import { builtinAdapters } from './builtin.ts';

/** Which adapter reads a file, and why it was chosen. */
export interface Detection {
  readonly adapter: DatasetAdapter;
  /** For people: `all 20 rows have instruction, output`. */
  readonly reason: string;
}

/**
 * Finds the one adapter whose row schema fits most rows of a sample, and at least half of them: a few
 * malformed rows do not hide what the file is.
 *
 * @param rows the first rows of a file; 20 are plenty
 * @param options what to try, and what to say
 * @param options.adapters candidates; the built-in ones by default
 * @param options.file named in errors
 * @throws TunesmithError `no-adapter` where none fits, saying why each does not, and
 * `ambiguous-format` where several fit as many rows.
 */
export function detectAdapter(
  rows: readonly Record<string, unknown>[],
  {
    adapters = builtinAdapters,
    file,
  }: { adapters?: readonly DatasetAdapter[]; file?: string } = {},
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
  const tries = adapters.map((adapter) => {
    const problems = rows.map((row) => findProblems(adapter.row, row)[0]);
    return {
      adapter,
      problems,
      fitting: problems.filter((problem) => problem === undefined).length,
    };
  });
  const most = Math.max(...tries.map(({ fitting }) => fitting));
  const best = tries.filter(({ fitting }) => fitting === most);
  if (most === 0 || most < rows.length / 2) {
    const reasons = tries.map(({ adapter, problems }) => {
      const bad = problems.findIndex((problem) => problem !== undefined);
      return `${adapter.name} (row ${bad + 1}: ${problems[bad]!.message})`;
    });
    return fail('no-adapter', `no adapter fits: ${reasons.join('; ')}`, adapters);
  }
  if (best.length > 1) {
    const fitting = best.map(({ adapter }) => adapter);
    return fail(
      'ambiguous-format',
      `the rows fit ${fitting.map(({ name }) => name).join(' and ')}: name one`,
      fitting,
    );
  }
  const { adapter } = best[0]!;
  const keys = (adapter.row.required ?? []).join(', ');
  const share =
    rows.length === 1
      ? 'the row has'
      : most === rows.length
        ? `all ${most} rows have`
        : `${most} of ${rows.length} rows have`;
  return { adapter, reason: `${share} ${keys}` };
}

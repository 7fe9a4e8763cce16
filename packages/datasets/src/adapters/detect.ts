import {
  TunesmithError,
  findProblems,
  type DatasetAdapter,
  type JSONSchema,
  type Problem,
} from '@tunesmith/schema';
import { withoutAbsent } from '../read/present.ts';
import { builtinAdapters } from './builtin.ts';

/** Which adapter reads a file, and why it was chosen. */
export interface Detection {
  readonly adapter: DatasetAdapter;
  /** For people: `all 20 rows have instruction, output`. */
  readonly reason: string;
}

/**
 * Finds the one adapter whose row schema fits most rows of a sample, and at least half of them. One that names others as
 * `over` is chosen before these, one with `marks` is tried
 * only where a row has one of them, one whose keys stand `alone` only where no row has others, one that wants to be `named` never. Where none fits, the one whose
 * required keys most rows have: faults in rows do not hide what the file is, and are named row by row when it is read.
 *
 * @param rows the first rows of a file; 20 are plenty
 * @param options what to try, and what to say
 * @param options.adapters candidates; the built-in ones by default
 * @param options.file named in errors
 * @param options.lines the line of each row, named in errors
 * @param options.table whether the rows are of a table, in which an empty cell may be absence
 * @throws TunesmithError `no-adapter` where none fits, naming the nearest and what each lacks, and
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
  const placeOf = (row: number): string => (lines ? `line ${lines[row]}` : `row ${row + 1}`);
  if (rows.length === 0)
    return fail('no-adapter', 'there are no rows to tell the format by', adapters);
  const tries = adapters.map((adapter): Try => {
    const problemOf = (row: Record<string, unknown>, schema: JSONSchema): Problem | undefined =>
      findProblems(schema, withoutAbsent(row, schema, { table }))[0];
    const { pieces } = adapter;
    const problems = rows.map((row) => {
      const problem = problemOf(row, adapter.row);
      return problem && pieces && !problemOf(row, pieces.row) ? undefined : problem;
    });
    const marked = adapter.marks === undefined || rows.some((row) => hasMark(row, adapter));
    const alone = !adapter.alone || rows.every((row) => hasNoOther(row, adapter));
    return { adapter, problems, tried: marked && alone && !adapter.named };
  });
  const fitting = mostOf(tries, rows.length, ({ problems }) =>
    problems.map((problem) => problem === undefined),
  );
  const best = fitting.chosen.length > 0 ? fitting : nearestByKeys(tries, rows);
  if (best.chosen.length === 0) {
    const names = Object.keys(rows[0]!)
      .slice(0, 20)
      .map((name) => JSON.stringify(name));
    const has = names.length === 0 ? 'nothing' : names.join(', ');
    const reasons = nearestTries(tries, rows).map(({ adapter, problems }) => {
      const bad = problems.findIndex((problem) => problem !== undefined);
      if (bad < 0) return `${adapter.name} (only where it is named)`;
      return `${adapter.name} (${placeOf(bad)}: ${problems[bad]!.message})`;
    });
    return fail(
      'no-adapter',
      `no adapter fits; the nearest: ${reasons.join('; ')}; the first row has ${has}`,
      adapters,
    );
  }
  if (best.chosen.length > 1) {
    const candidates = best.chosen.map(({ adapter }) => adapter);
    const names = candidates.map(({ name }) => name).join(' and ');
    const isMixed = best === fitting && best.count < rows.length;
    const firsts = best.chosen.map(({ adapter: { name }, problems }) => {
      const first = problems.findIndex((problem) => problem === undefined);
      return `${best.count} ${name} (first ${placeOf(first)})`;
    });
    return fail(
      'ambiguous-format',
      isMixed
        ? `of ${rows.length} rows ${firsts.join(', ')}: one file is of one format; name it and skip the others, or split the file`
        : `the rows fit ${names}: name one`,
      candidates,
    );
  }
  const { adapter } = best.chosen[0]!;
  const share =
    rows.length === 1
      ? 'the row has'
      : best.count === rows.length
        ? `all ${best.count} rows have`
        : `${best.count} of ${rows.length} rows have`;
  const marks = (adapter.marks ?? []).filter((key) => rows.some((row) => Object.hasOwn(row, key)));
  const { pieces } = adapter;
  const isWhole = pieces === undefined || rows.some((row) => hasKeys(row, adapter));
  const told = [...new Set([...((isWhole ? adapter : pieces).row.required ?? []), ...marks])].join(
    ', ',
  );
  const others = best.beaten.map(({ adapter: { name } }) => name);
  const rather = others.length === 0 ? '' : `, which tells it from ${others.join(' and ')}`;
  return { adapter, reason: `${share} ${told}${rather}` };
}

interface Try {
  readonly adapter: DatasetAdapter;
  /** The first problem of each row. */
  readonly problems: readonly (Problem | undefined)[];
  /** Whether the rows have what it asks for before it is tried. */
  readonly tried: boolean;
}

interface Best {
  readonly chosen: readonly Try[];
  /** Those that pass as well, over which the chosen one is. */
  readonly beaten: readonly Try[];
  /** Rows that pass. */
  readonly count: number;
}

/** The tries for which most rows pass, without those that another one is over; none where that is less than half of the rows. */
function mostOf(
  tries: readonly Try[],
  rows: number,
  passes: (tried: Try) => readonly boolean[],
): Best {
  const counted = tries
    .filter(({ tried }) => tried)
    .map((one) => ({ one, count: passes(one).filter(Boolean).length }))
    .filter(({ count }) => count > 0 && count >= rows / 2);
  const isBeaten = (name: string) => counted.some(({ one }) => one.adapter.over?.includes(name));
  const left = counted.filter(({ one }) => !isBeaten(one.adapter.name));
  const count = Math.max(0, ...left.map((each) => each.count));
  const chosen = left.filter((each) => each.count === count).map(({ one }) => one);
  const over = new Set(chosen.flatMap(({ adapter }) => adapter.over ?? []));
  const beaten = counted.map(({ one }) => one).filter(({ adapter }) => over.has(adapter.name));
  return { chosen, beaten, count };
}

/** Those whose required keys most rows have; of several, those whose first fault lies deepest in the rows. */
function nearestByKeys(tries: readonly Try[], rows: readonly Record<string, unknown>[]): Best {
  const best = mostOf(tries, rows.length, ({ adapter }) =>
    rows.map((row) => hasKeys(row, adapter)),
  );
  const depth = ({ problems }: Try) =>
    Math.max(...problems.map((problem) => problem?.path.length ?? Number.POSITIVE_INFINITY));
  const deepest = Math.max(...best.chosen.map(depth));
  return { ...best, chosen: best.chosen.filter((one) => depth(one) === deepest) };
}

/** How many adapters are named where none fits. */
const namedTries = 3;

/** The tries whose keys the rows have most of, nearest first. */
function nearestTries(tries: readonly Try[], rows: readonly Record<string, unknown>[]): Try[] {
  const present = new Set(rows.flatMap((row) => Object.keys(row)));
  const share = ({ adapter: { row } }: Try): number => {
    const required = row.required ?? [];
    const known = Object.keys(row.properties ?? {}).filter((key) => key !== 'id');
    const has = (keys: readonly string[]) => keys.filter((key) => present.has(key)).length;
    return has(required) / Math.max(1, required.length) + has(known) / 100;
  };
  return tries.toSorted((one, other) => share(other) - share(one)).slice(0, namedTries);
}

/** Whether a row has one of an adapter's marks. */
function hasMark(row: Record<string, unknown>, { marks = [] }: DatasetAdapter): boolean {
  return marks.some((key) => Object.hasOwn(row, key));
}

/** Whether a row has the keys of an adapter alone, and `meta`. */
function hasNoOther(row: Record<string, unknown>, { row: schema }: DatasetAdapter): boolean {
  const known = new Set([...Object.keys(schema.properties ?? {}), 'meta']);
  return Object.keys(row).every((key) => known.has(key));
}

/** Whether a row has every key that an adapter's rows must have, whatever stands there. */
function hasKeys(row: Record<string, unknown>, { row: schema }: DatasetAdapter): boolean {
  const required = schema.required ?? [];
  return required.length > 0 && required.every((key) => Object.hasOwn(row, key));
}

/** Something that happened to several rows at one step: how many, and where the first few were. */
export interface DataTally {
  /** What happened, in the same words each time. */
  readonly reason: string;
  readonly count: number;
  /** Where the first few were: ids or `file:line`. */
  readonly examples: readonly string[];
  /** A stable name where nobody asked for it, so that it is said aloud: see {@link findings}. */
  readonly code?: string;
}

/** What one step did: rows in = rows out + dropped. */
export interface DataStep {
  /** What was done: `read train.jsonl as alpaca`, `no duplicates`. */
  readonly name: string;
  readonly rowsIn: number;
  readonly rowsOut: number;
  /** Rows that left, by reason. */
  readonly dropped: readonly DataTally[];
  /** What was noticed about rows, whether they stayed or left. */
  readonly noted: readonly DataTally[];
}

/** Everything that happened to the rows on their way, step after step. JSON as it stands. */
export interface DataReport {
  readonly steps: readonly DataStep[];
}

/** Counts for one step while it runs. */
export interface StepRecorder {
  /** A row goes on. */
  keep(): void;
  /** A row leaves, for a reason; `example` says which one, `code` that nobody asked for it. */
  drop(reason: string, example: string, code?: string): void;
  /** Something is noticed about a row; `example` says which one, `code` that it is to be said aloud. */
  note(reason: string, example: string, code?: string): void;
}

/** Collects a {@link DataReport} while rows stream through the steps. */
export interface ReportRecorder {
  /**
   * Begins a step; steps appear in the report in the order they began.
   *
   * @param name what is done; a function where that turns out only later
   */
  step(name: string | (() => string)): StepRecorder;
  /** The counts so far. */
  report(): DataReport;
}

const exampleLimit = 5;
/** Reasons a step tells apart; a file with thousands of unknown columns must not fill the report. */
const reasonLimit = 100;

/** An empty report to hand to readers, filters and writers. */
export function createReport(): ReportRecorder {
  const steps: (() => DataStep)[] = [];
  return {
    step(name) {
      let kept = 0;
      let lost = 0;
      const [dropped, noted] = [createTallies(), createTallies()];
      steps.push(() => ({
        name: typeof name === 'string' ? name : name(),
        rowsIn: kept + lost,
        rowsOut: kept,
        dropped: dropped.list(),
        noted: noted.list(),
      }));
      return {
        keep() {
          kept += 1;
        },
        drop(reason, example, code) {
          lost += 1;
          dropped.count(reason, example, code);
        },
        note: noted.count,
      };
    },
    report: () => ({ steps: steps.map((step) => step()) }),
  };
}

function createTallies() {
  const tallies = new Map<string, { count: number; examples: string[]; code?: string }>();
  return {
    count(reason: string, example: string, code?: string): void {
      const known = tallies.has(reason) || tallies.size < reasonLimit;
      const key = known ? reason : 'further reasons';
      const tally = tallies.get(key) ?? {
        count: 0,
        examples: [],
        ...(code === undefined ? {} : { code }),
      };
      tally.count += 1;
      if (tally.examples.length < exampleLimit) tally.examples.push(example);
      tallies.set(key, tally);
    },
    list: (): DataTally[] =>
      [...tallies].map(([reason, { examples, ...tally }]) => ({
        reason,
        ...tally,
        examples: [...examples],
      })),
  };
}

/** The report as plain lines for people, one for each step and one for each reason. */
export function describeReport(report: DataReport): string {
  return report.steps
    .flatMap(({ name, rowsIn, rowsOut, dropped, noted }) => [
      `${name}: ${rowsIn} in, ${rowsOut} out`,
      ...dropped.map((tally) => `  ${tally.count} dropped: ${tally.reason} (${places(tally)})`),
      ...noted.map((tally) => `  ${tally.count} noted: ${tally.reason} (${places(tally)})`),
    ])
    .join('\n');
}

/**
 * What somebody should hear of without asking, as sentences with a stable code, for warnings: rows that left and things
 * noticed that carry a code. Empty where all is well.
 */
export function findings(report: DataReport): { code: string; message: string }[] {
  return report.steps.flatMap(({ name, rowsIn, dropped, noted }) => [
    ...byCode(dropped).map(([code, tallies]) => {
      const lost = tallies.reduce((sum, { count }) => sum + count, 0);
      return {
        code,
        message: `${name}: ${lost} of ${rowsIn} rows are left out: ${tallies.map(told).join('; ')}`,
      };
    }),
    ...byCode(noted).map(([code, tallies]) => ({
      code,
      message: `${name}: ${tallies.map(told).join('; ')}`,
    })),
  ]);
}

function byCode(tallies: readonly DataTally[]): [string, DataTally[]][] {
  const groups = new Map<string, DataTally[]>();
  for (const tally of tallies) {
    if (tally.code === undefined) continue;
    if (!groups.get(tally.code)?.push(tally)) groups.set(tally.code, [tally]);
  }
  return [...groups];
}

function told(tally: DataTally): string {
  return `${tally.count} × ${tally.reason} (${places(tally)})`;
}

function places({ examples, count }: DataTally): string {
  return examples.join(', ') + (count > examples.length ? ', …' : '');
}

/** Why records left, at one step, and which. */
export interface DataDrop {
  /** The reason, in the same words each time. */
  readonly reason: string;
  readonly count: number;
  /** Where the first few were: ids or `file:line`. */
  readonly examples: readonly string[];
}

/** What one step did: rows in = rows out + dropped. */
export interface DataStep {
  /** What was done: `read train.jsonl as alpaca`, `no duplicates`. */
  readonly name: string;
  readonly rowsIn: number;
  readonly rowsOut: number;
  readonly dropped: readonly DataDrop[];
}

/** Everything that happened to the rows on their way, step after step. JSON as it stands. */
export interface DataReport {
  readonly steps: readonly DataStep[];
}

/** Counts for one step while it runs. */
export interface StepRecorder {
  /** A row goes on. */
  keep(): void;
  /** A row leaves, for a reason; `example` says which one. */
  drop(reason: string, example: string): void;
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

/** An empty report to hand to readers, filters and writers. */
export function createReport(): ReportRecorder {
  const steps: (() => DataStep)[] = [];
  return {
    step(name) {
      let kept = 0;
      let lost = 0;
      const reasons = new Map<string, { count: number; examples: string[] }>();
      steps.push(() => ({
        name: typeof name === 'string' ? name : name(),
        rowsIn: kept + lost,
        rowsOut: kept,
        dropped: [...reasons].map(([reason, { count, examples }]) => ({
          reason,
          count,
          examples: [...examples],
        })),
      }));
      return {
        keep() {
          kept += 1;
        },
        drop(reason, example) {
          lost += 1;
          const entry = reasons.get(reason) ?? { count: 0, examples: [] };
          entry.count += 1;
          if (entry.examples.length < exampleLimit) entry.examples.push(example);
          reasons.set(reason, entry);
        },
      };
    },
    report: () => ({ steps: steps.map((step) => step()) }),
  };
}

/** The report as plain lines for people, one for each step and one for each reason. */
export function describeReport(report: DataReport): string {
  return report.steps
    .flatMap(({ name, rowsIn, rowsOut, dropped }) => [
      `${name}: ${rowsIn} in, ${rowsOut} out`,
      ...dropped.map(
        ({ reason, count, examples }) =>
          `  ${count} dropped: ${reason} (${examples.join(', ')}${count > examples.length ? ', …' : ''})`,
      ),
    ])
    .join('\n');
}

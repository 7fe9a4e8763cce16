import { bootstrapInterval, primaryMeasure, type InstanceResult } from '@tunesmith/evaluation';
import { TunesmithError } from '@tunesmith/schema';

/** What one run of one method with one seed left. */
export interface MeasuredRun {
  /** Numbers that trained, and all numbers of the model. */
  readonly trainable: number;
  readonly total: number;
  /** Bytes of the adapter's folder, or of the model's after full fine-tuning. */
  readonly savedBytes: number;
  /** Evaluation task to held-out instance to the value of the task's main measure. */
  readonly values: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

/** What training by one method takes, measured alone on the machine, and all methods in one go. */
export interface MeasuredCost {
  /** Peak resident memory of the process in bytes. */
  readonly peakMemory: number;
  /** Median seconds of a step. */
  readonly stepSeconds: number;
}

/** A score with its 95 % interval over instances. */
export interface Interval {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** One line of the table, over all seeds of a method. */
export interface MethodRow {
  readonly name: string;
  readonly seeds: number;
  readonly trainable: number;
  readonly trainableShare: number;
  readonly savedBytes: number;
  readonly cost?: MeasuredCost;
  /** Accuracy or metric of each evaluation task that it was measured on: mean over seeds and instances. */
  readonly scores: Readonly<Record<string, Interval>>;
  /** The score less that of the untuned model on the same instances. */
  readonly gains: Readonly<Record<string, Interval>>;
  /** Smallest and largest score among the seeds. */
  readonly seedRange: Readonly<Record<string, readonly [number, number]>>;
}

/**
 * The line of a method: scores are averaged over its seeds on each instance, and the interval is a bootstrap over instances,
 * paired with the untuned model's. What seeds differ by stands beside it as the range of their means.
 *
 * @param runs one a seed
 * @param cost what training took, where that is measured
 * @param untuned the model before tuning, measured on the same instances
 * @throws TunesmithError `different-instances` where runs were not measured on the same instances
 */
export function methodRow(
  name: string,
  runs: readonly MeasuredRun[],
  untuned: MeasuredRun,
  cost?: MeasuredCost,
): MethodRow {
  const mean = (of: (run: MeasuredRun) => number): number =>
    runs.reduce((sum, run) => sum + of(run), 0) / runs.length;
  const after = runs.map(({ values }) => values);
  const scores: Record<string, Interval> = {};
  const gains: Record<string, Interval> = {};
  const seedRange: Record<string, [number, number]> = {};
  for (const [task, base] of Object.entries(untuned.values)) {
    if (after.every((seed) => !(task in seed))) continue;
    const ids = Object.keys(base);
    const each = after.map((seed) => ids.map((id) => seed[task]?.[id]));
    if (
      each.some(
        (values, seed) =>
          values.includes(undefined) || Object.keys(after[seed]![task]!).length !== ids.length,
      )
    ) {
      throw new TunesmithError({
        package: '@tunesmith/bench',
        code: 'different-instances',
        message: `"${name}" was measured on other instances of ${task} than the untuned model`,
        value: name,
        accepted: 'runs of one recipe; remove the folder of results to start anew',
      });
    }
    const values = ids.map((_, i) => average(each.map((seed) => seed[i]!)));
    const differences = ids.map((id, i) => values[i]! - base[id]!);
    scores[task] = interval(values);
    gains[task] = interval(differences);
    const means = each.map((seed) => average(seed as number[]));
    seedRange[task] = [Math.min(...means), Math.max(...means)];
  }
  return {
    name,
    seeds: runs.length,
    trainable: mean((run) => run.trainable),
    // nothing is counted where nothing trains
    trainableShare: mean((run) => (run.trainable === 0 ? 0 : run.trainable / run.total)),
    savedBytes: mean((run) => run.savedBytes),
    ...(cost ? { cost } : {}),
    scores,
    gains,
    seedRange,
  };
}

/**
 * The rows as Markdown: what each method costs, then a table for each evaluation task. Two shares of full fine-tuning stand beside a score:
 * that of its score, which is what papers give, and that of its gain over the untuned model, which does not credit a method with
 * what the model knew before.
 */
export function methodTable(rows: readonly MethodRow[]): string {
  const costs = markdown(
    ['method', 'trainable', 'saved', 'peak memory', 'step'],
    rows.map((row) => [
      row.name,
      `${Math.round(row.trainable).toLocaleString('en-US')} (${(100 * row.trainableShare).toFixed(2)} %)`,
      bytes(row.savedBytes),
      row.cost ? bytes(row.cost.peakMemory) : '–',
      row.cost ? `${(1000 * row.cost.stepSeconds).toFixed(0)} ms` : '–',
    ]),
  );
  const scores = Object.keys(rows[0]?.scores ?? {}).map((task) => scoreTable(rows, task));
  return [costs, ...scores].join('\n\n');
}

/** One evaluation task. Shares are left out where full fine-tuning gained nothing that its interval tells from nothing. */
function scoreTable(rows: readonly MethodRow[], task: string): string {
  const full = rows.find((row) => row.name === 'full');
  const share = (row: MethodRow, of: 'scores' | 'gains'): string =>
    full && row.name !== 'untuned' && full.gains[task]!.low > 0
      ? `${((100 * row[of][task]!.value) / full[of][task]!.value).toFixed(0)} %`
      : '–';
  return markdown(
    [task, 'score', 'seeds', 'gain', "of full's score", "of full's gain"],
    rows
      .filter((row) => task in row.scores)
      .map((row) => [
        row.name,
        percent(row.scores[task]!),
        row.seeds === 1 ? '–' : row.seedRange[task]!.map(perHundred).join('..'),
        row.name === 'untuned' ? '–' : percent(row.gains[task]!),
        share(row, 'scores'),
        share(row, 'gains'),
      ]),
  );
}

const markdown = (header: readonly string[], lines: readonly (readonly string[])[]): string =>
  [header, header.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

/** The values of a {@link MeasuredRun}: losses are no scores. */
export function valuesOf(instances: readonly InstanceResult[]): MeasuredRun['values'] {
  const tasks: Record<string, Record<string, number>> = {};
  for (const { source, kind, id, observations } of instances) {
    if (kind === 'loss') continue;
    const { total, weight } = observations[primaryMeasure(observations)]!;
    (tasks[source] ??= {})[id] = total / weight;
  }
  return tasks;
}

const average = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

function interval(values: readonly number[]): Interval {
  const { value, low, high } = bootstrapInterval(values.length, (indices) => {
    let sum = 0;
    for (const index of indices) sum += values[index]!;
    return sum / values.length;
  });
  return { value, low, high };
}

const perHundred = (part: number): string => (100 * part).toFixed(1);

function percent({ value, low, high }: Interval): string {
  return `${perHundred(value)} % (${perHundred(low)}..${perHundred(high)})`;
}

function bytes(count: number): string {
  if (count >= 1e9) return `${(count / 1e9).toFixed(2)} GB`;
  if (count >= 1e6) return `${(count / 1e6).toFixed(1)} MB`;
  return `${(count / 1e3).toFixed(0)} kB`;
}

import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { TunesmithError } from '@tunesmith/schema';
import { untuned, type MethodContestant } from './contestants.ts';
import { methodRow, type MeasuredCost, type MeasuredRun, type MethodRow } from './table.ts';

/** Measured runs by name, and costs by method, in one file that can be kept and carried to another machine. */
export interface Results {
  get(id: string): MeasuredRun | undefined;
  /** Keeps a run; the file is written anew, in place of the old one at once. */
  set(id: string, run: MeasuredRun): void;
  /** What each method costs: all were measured in one go, so that they compare. */
  costs(): Readonly<Record<string, MeasuredCost>>;
  /** Puts costs in place of those that were there. */
  setCosts(costs: Readonly<Record<string, MeasuredCost>>): void;
}

/** The file: the instances of each task once, and a line for each run with its values in their order. */
interface ResultsFile {
  readonly instances: Readonly<Record<string, readonly string[]>>;
  readonly runs: Readonly<
    Record<
      string,
      Omit<MeasuredRun, 'values'> & { readonly values: Readonly<Record<string, readonly number[]>> }
    >
  >;
  readonly costs: Readonly<Record<string, MeasuredCost>>;
}

/**
 * The results of a file, which need not be there yet.
 *
 * @throws TunesmithError `different-instances` for a run that was measured on others than those before it
 */
export function openResults(path: string): Results {
  let { runs, costs } = existsSync(path)
    ? read(path)
    : { runs: new Map<string, MeasuredRun>(), costs: {} };
  const write = (all: typeof runs, each: typeof costs): void => {
    writeFileSync(`${path}.part`, written(all, each));
    renameSync(`${path}.part`, path);
    [runs, costs] = [all, each];
  };
  return {
    get: (id) => runs.get(id),
    set: (id, run) => write(new Map(runs).set(id, run), costs),
    costs: () => costs,
    setCosts: (each) => write(runs, each),
  };
}

/** The untuned model's line, and one for each contestant of which the results have all seeds. */
export function rowsIn(
  results: Pick<Results, 'get' | 'costs'>,
  contestants: readonly Pick<MethodContestant, 'name'>[],
  seeds: number,
): MethodRow[] {
  const base = results.get(`${untuned.name}-0`);
  if (!base) return [];
  const seedsOf = (name: string): MeasuredRun[] =>
    Array.from({ length: seeds }, (_, seed) => results.get(`${name}-${seed}`)).filter(
      (run) => run !== undefined,
    );
  return [
    methodRow(untuned.name, [base], base),
    ...contestants
      .map(({ name }) => ({ name, runs: seedsOf(name) }))
      .filter(({ runs }) => runs.length === seeds)
      .map(({ name, runs }) => methodRow(name, runs, base, results.costs()[name])),
  ];
}

function read(path: string): {
  runs: ReadonlyMap<string, MeasuredRun>;
  costs: ResultsFile['costs'];
} {
  const { instances, runs, costs } = JSON.parse(readFileSync(path, 'utf8')) as ResultsFile;
  const named = (task: string, values: readonly number[]) =>
    Object.fromEntries(instances[task]!.map((id, index) => [id, values[index]!]));
  const all = Object.entries(runs).map(([id, run]): [string, MeasuredRun] => {
    const values = Object.entries(run.values).map(([task, each]) => [task, named(task, each)]);
    return [id, { ...run, values: Object.fromEntries(values) as MeasuredRun['values'] }];
  });
  return { runs: new Map(all), costs };
}

function written(runs: ReadonlyMap<string, MeasuredRun>, costs: ResultsFile['costs']): string {
  const [first] = runs.values();
  // the untuned model comes first, and is measured on everything
  const tasks = Object.keys(first?.values ?? {});
  const instances = Object.fromEntries(
    tasks.map((task) => [task, Object.keys(first!.values[task]!)] as const),
  );
  const lines = [...runs].map(([id, run]) => {
    const measured = tasks.filter((task) => task in run.values);
    const values = measured.map((task) => [
      task,
      instances[task]!.map((instance) => valueOf(id, run, task, instance)),
    ]);
    return `${JSON.stringify(id)}: ${JSON.stringify({ ...run, values: Object.fromEntries(values) as object })}`;
  });
  return `{\n"instances": ${JSON.stringify(instances)},\n"runs": {\n${lines.join(',\n')}\n},\n"costs": ${JSON.stringify(costs, null, 2)}\n}\n`;
}

function valueOf(id: string, run: MeasuredRun, task: string, instance: string): number {
  const value = run.values[task]?.[instance];
  if (value !== undefined) return Math.round(value * 1e4) / 1e4;
  throw new TunesmithError({
    package: '@tunesmith/bench',
    code: 'different-instances',
    message: `"${id}" was measured on other instances of ${task} than the runs before it`,
    value: instance,
    accepted: 'runs of one recipe; another file of results to start anew',
  });
}

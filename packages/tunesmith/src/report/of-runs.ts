import { compare, type Comparison } from '@tunesmith/evaluation';
import { listOf, partsOf, TunesmithError, type Recipe } from '@tunesmith/schema';
import type { WrittenAnswer } from '../evaluation/examples.ts';
import type { RunRecord } from '../run/read-run.ts';
import { changesOf, scoresOf } from './of-scores.ts';
import { recipeDifferences } from './recipe-differences.ts';
import type { ReportAnswer, ReportData, ReportExample, TaskScore } from '@tunesmith/report';

/** The report of a run: before training against after it. */
export function reportOfRun(run: RunRecord): ReportData {
  if (isMerge(run)) return reportOfMerge(run);
  const { before, after } = run.results;
  const trained = run.data?.clusters ?? [];
  const facts = factsOf(run);
  return {
    title: run.recipe.name ?? `${facts.Method} on ${facts.Model}`,
    facts: Object.entries(facts),
    runs: [{ events: run.events, recipe: run.recipeText, ...(run.data ? { data: run.data } : {}) }],
    scores:
      before && after
        ? changesOf(compare(before.evaluation, after.evaluation), trained)
        : [
            ...(before ? scoresOf(before.evaluation, trained, 'before') : []),
            ...(after ? scoresOf(after.evaluation, trained, 'after') : []),
          ],
    examples: pairAnswers(before?.answers ?? [], after?.answers ?? []),
  };
}

/** Whether a run only folded an adapter into its model: nothing was trained or measured. */
function isMerge({ recipe }: RunRecord): boolean {
  return (recipe as { job?: unknown }).job === 'merge';
}

function reportOfMerge({ recipe, recipeText, events }: RunRecord): ReportData {
  return {
    title: recipe.name ?? 'Merge',
    facts: [
      ['Model', recipe.model.from],
      [
        'Adapter',
        listOf(recipe.adapter)
          .map(({ from }) => from)
          .join(', '),
      ],
    ],
    runs: [{ events, recipe: recipeText }],
  };
}

/** Two runs side by side: each as it was at its end. */
export interface RunComparison {
  report: ReportData;
  /** The second run against the first one; absent where they were not measured on the same instances. */
  comparison?: Comparison;
}

/** Two runs side by side: what differs in their recipes, their curves, and the second one's scores against the first's. */
export function compareRuns(first: RunRecord, second: RunRecord): RunComparison {
  const sides = namesOf(first, second);
  const runs = [first, second];
  const [left, right] = runs.map(({ results }) => results.after ?? results.before);
  const trained = [...new Set(runs.flatMap(({ data }) => data?.clusters ?? []))];
  const comparison = left && right ? pairUp(left.evaluation, right.evaluation) : undefined;
  const scores: TaskScore[] = comparison
    ? changesOf(comparison, trained)
    : [
        ...(left ? scoresOf(left.evaluation, trained, 'before') : []),
        ...(right ? scoresOf(right.evaluation, trained, 'after') : []),
      ];
  const [a, b] = [factsOf(first), factsOf(second)];
  const report: ReportData = {
    title: `${sides[0]} and ${sides[1]}`,
    facts: [
      ...Object.keys(a).map((name) => [name, a[name as Fact], b[name as Fact]] as const),
      ...recipeDifferences(first.recipe, second.recipe),
    ],
    sides,
    runs: runs.map(({ events, data, recipeText }, index) => ({
      name: sides[index as 0 | 1],
      events,
      recipe: recipeText,
      ...(data ? { data } : {}),
    })),
    scores,
    examples: pairAnswers(left?.answers ?? [], right?.answers ?? []),
    ...(comparison || scores.length === 0
      ? {}
      : {
          remark:
            'The two runs were not measured on the same instances, so there are no differences.',
        }),
  };
  return { report, ...(comparison ? { comparison } : {}) };
}

function pairUp(...[left, right]: Parameters<typeof compare>): Comparison | undefined {
  try {
    return compare(left, right);
  } catch (error) {
    if (TunesmithError.is(error) && error.code === 'unpaired') return undefined;
    throw error;
  }
}

type Fact = 'Model' | 'Method' | 'Device' | 'Precision' | 'Seed' | 'Finished';

function factsOf({ recipe, events }: RunRecord): Record<Fact, string> {
  const start = events.findLast((event) => event.type === 'start');
  const { method } = recipe;
  const model = start?.model ?? recipe.model.from;
  const name =
    listOf(method)
      .map((one) => partsOf(one).name)
      .join(' + ') || 'none';
  return {
    Model: /^([\\/]|[A-Za-z]:)/.test(model) ? model.split(/[\\/]/).at(-1)! : model,
    Method: start?.method ?? name,
    Device: start?.device ?? partsOf(recipe.device).name,
    Precision: precisionOf(recipe.model),
    Seed: String(recipe.seed),
    Finished: (events.at(-1)?.time ?? '').slice(0, 16).replace('T', ' '),
  };
}

function precisionOf({ precision, head_precision }: Recipe['model']): string {
  return head_precision === 'int8' ? `${precision}, head too` : precision;
}

/** What two runs are called: their folders' names, with as much of the path as tells them apart. */
function namesOf(first: RunRecord, second: RunRecord): [string, string] {
  const parts = [first, second].map(({ directory }) => directory.split(/[\\/]/));
  const [a, b] = [parts[0]!, parts[1]!];
  for (let depth = 1; depth <= Math.max(a.length, b.length); depth++) {
    const [left, right] = [a.slice(-depth).join('/'), b.slice(-depth).join('/')];
    if (left !== right) return [left, right];
  }
  return ['first', 'second'];
}

/** Answers of both sides to the same prompts, in the order of the first side that has any. */
function pairAnswers(
  before: readonly WrittenAnswer[],
  after: readonly WrittenAnswer[],
): ReportExample[] {
  const key = ({ id, prompt }: WrittenAnswer) => JSON.stringify([id, prompt]);
  const [earlier, later] = [before, after].map((all) => new Map(all.map((one) => [key(one), one])));
  const shown = before.length > 0 ? before : after;
  return shown.map((one) => {
    const [then, now] = [earlier!.get(key(one)), later!.get(key(one))];
    return {
      prompt: one.prompt,
      expected: one.expected,
      ...(one.task === undefined ? {} : { task: one.task }),
      ...(then ? { before: answerOf(then) } : {}),
      ...(now ? { after: answerOf(now) } : {}),
    };
  });
}

function answerOf({ answer, score, right }: WrittenAnswer): ReportAnswer {
  return {
    text: answer,
    ...(score === undefined ? {} : { score }),
    ...(right === undefined ? {} : { right }),
  };
}

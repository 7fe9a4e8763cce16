import type { RunEvent } from '@tunesmith/schema';
import { heldOutLosses, lastOfEachStep } from './curves.ts';
import { html, type Markup } from './html.ts';
import type { ReportedRun, TaskScore } from './report-data.ts';
import { duration, readable } from './scale.ts';

/** A number for a glance; in a comparison it has a value for each side. */
interface Tile {
  name: string;
  value: string;
  earlier?: string;
  note?: string;
}

/**
 * The report in a row of numbers, each under a name of its own: scores, and what one run adds: losses, size and speed.
 * Nothing where nothing is known.
 */
export function tiles(
  runs: readonly ReportedRun[],
  scores: readonly TaskScore[],
): Markup | undefined {
  const [run] = runs;
  const shown = [...pooled(scores), ...(runs.length === 1 && run ? ofRun(run.events ?? []) : [])];
  if (shown.length === 0) return undefined;
  return html`<div class="tiles">
    ${shown.map(
      ({ name, value, earlier, note }) =>
        html`<div class="tile">
          <span>${name}</span
          ><b>${earlier !== undefined && html`<small>${earlier} →</small> `}${value}</b>
          ${note !== undefined && html`<em>${note}</em>`}
        </div>`,
    )}
  </div>`;
}

function ofRun(events: readonly RunEvent[]): Tile[] {
  const steps = lastOfEachStep(events);
  const { during, ends } = heldOutLosses(events);
  const start = events.find((event) => event.type === 'start');
  const seconds = steps.reduce((sum, step) => sum + (step.seconds ?? 0), 0);
  const supervised = steps.reduce((sum, step) => sum + step.supervised_tokens, 0);
  // Losses before and after, and those during, rest on different parts: they are not mixed.
  const heldOut = ends.length > 1 ? ends : during;
  const [first, last] = [heldOut[0], heldOut.at(-1)];
  return [
    ...(first && last && first !== last
      ? [
          {
            name: 'Held-out loss',
            earlier: readable(first.y),
            value: readable(last.y),
            note: 'nats a token',
          },
        ]
      : []),
    ...(steps.length > 0
      ? [
          {
            name: 'Training loss',
            earlier: readable(steps[0]!.loss),
            value: readable(steps.at(-1)!.loss),
            note: `${steps.length} steps`,
          },
        ]
      : []),
    ...(start?.trainable_parameters === undefined
      ? []
      : [
          {
            name: 'Trained parameters',
            value: readable(start.trainable_parameters),
            ...share(start.trainable_parameters, start.total_parameters),
          },
        ]),
    ...(seconds > 0
      ? [
          {
            name: 'Speed',
            value: readable(supervised / seconds),
            note: `supervised tokens a second; ${duration(seconds)} of training`,
          },
        ]
      : []),
  ];
}

function share(part: number, whole: number | undefined): { note?: string } {
  return whole === undefined || whole === 0
    ? {}
    : { note: `${readable((part / whole) * 100)} % of ${readable(whole)}` };
}

/**
 * Each bounded metric over all instances of the tasks it says most about, apart for clusters that were trained on and those
 * that were not: the mean over tasks, weighted by their instances.
 */
function pooled(scores: readonly TaskScore[]): Tile[] {
  const main = scores.filter(
    ({ range, primary = true, together = false }) => range !== undefined && primary && !together,
  );
  const metrics = [...new Set(main.map(({ metric }) => metric))];
  return metrics.flatMap((metric) =>
    [false, true].flatMap((unseen) => {
      const tasks = main.filter(
        (score) => score.metric === metric && (score.unseen ?? false) === unseen,
      );
      const [before, after] = [mean(tasks, 'before'), mean(tasks, 'after')];
      if (!before || !after) return [];
      const { instances } = after;
      const basis = `${instances} instances of ${tasks.length} task${tasks.length === 1 ? '' : 's'}`;
      return [
        {
          name: unseen ? `${metric}, clusters not trained on` : metric,
          earlier: readable(before.value),
          value: readable(after.value),
          note: basis,
        },
      ];
    }),
  );
}

/** The mean of a phase over all instances; absent where a score is, or does not say how many instances it rests on. */
function mean(
  scores: readonly TaskScore[],
  phase: 'before' | 'after',
): { value: number; instances: number } | undefined {
  let [total, instances] = [0, 0];
  for (const { [phase]: score } of scores) {
    if (score?.n === undefined) return undefined;
    total += score.value * score.n;
    instances += score.n;
  }
  return instances === 0 ? undefined : { value: total / instances, instances };
}

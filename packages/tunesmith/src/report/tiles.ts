import type { RunEvent, StepEvent } from '@tunesmith/schema';
import { html, type Markup } from './html.ts';
import type { TaskScore } from './report-data.ts';
import { duration, readable } from './scale.ts';

/** The run in a row of numbers: held-out loss, scores, training loss, size and speed; nothing where nothing is known. */
export function tiles(
  events: readonly RunEvent[],
  steps: readonly StepEvent[],
  heldOut: readonly { x: number; y: number }[],
  scores: readonly TaskScore[],
): Markup | undefined {
  const start = events.find((event) => event.type === 'start');
  const [first, last] = [heldOut[0], heldOut.at(-1)];
  const seconds = steps.reduce((sum, step) => sum + (step.seconds ?? 0), 0);
  const supervised = steps.reduce((sum, step) => sum + step.supervised_tokens, 0);
  const tile = (name: string, value: Markup | string, note?: string) =>
    html`<div class="tile">
      <span>${name}</span><b>${value}</b>${note !== undefined && html`<em>${note}</em>`}
    </div>`;
  const shown = [
    first &&
      last &&
      first !== last &&
      tile(
        'Held-out loss',
        html`<small>${readable(first.y)} →</small> ${readable(last.y)}`,
        'nats a token',
      ),
    ...pooled(scores).map(({ name, before, after, note }) =>
      tile(name, html`<small>${before} →</small> ${after}`, note),
    ),
    steps.length > 0 &&
      tile(
        'Training loss',
        html`<small>${readable(steps[0]?.loss ?? 0)} →</small>
          ${readable(steps.at(-1)?.loss ?? 0)}`,
        `${steps.length} steps`,
      ),
    start?.trainable_parameters !== undefined &&
      tile(
        'Trained parameters',
        readable(start.trainable_parameters),
        share(start.trainable_parameters, start.total_parameters),
      ),
    seconds > 0 &&
      tile(
        'Speed',
        html`${readable(supervised / seconds)} <small>tokens/s</small>`,
        `supervised; ${duration(seconds)} of training`,
      ),
  ].filter((one) => one !== undefined && one !== false);
  return shown.length === 0 ? undefined : html`<div class="tiles">${shown}</div>`;
}

function share(part: number, whole: number | undefined): string | undefined {
  return whole === undefined || whole === 0
    ? undefined
    : `${readable((part / whole) * 100)} % of ${readable(whole)}`;
}

/**
 * Each bounded metric over all instances of the tasks it says most about, apart for clusters that were trained on and those
 * that were not: the mean over tasks, weighted by their instances.
 */
function pooled(
  scores: readonly TaskScore[],
): { name: string; before: string; after: string; note: string }[] {
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
      const note = unseen ? `${basis}, clusters not trained on` : basis;
      return [{ name: metric, before: readable(before.value), after: readable(after.value), note }];
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

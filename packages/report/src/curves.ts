import type { EvaluationEvent, RunEvent, StepEvent } from '@tunesmith/schema';
import { html, type Markup } from './html.ts';
import { lineChart, type Point, type Series } from './line-chart.ts';
import type { ReportedRun } from './report-data.ts';
import { readable, smooth } from './scale.ts';

/** The loss measured on held-out data: during training, and before and after it. */
export interface HeldOut {
  during: readonly Point[];
  ends: readonly Point[];
}

const styles = ['main', 'second'] as const;

/** Loss, learning rate and gradient norm of each run, step by step; nothing where no run trained. */
export function curves(runs: readonly ReportedRun[]): Markup | undefined {
  const trained = runs
    .map(({ name, events = [] }, index) => ({
      name,
      style: styles[index % 2]!,
      steps: lastOfEachStep(events),
      heldOut: heldOutLosses(events),
    }))
    .filter(({ steps }) => steps.length > 0);
  if (trained.length === 0) return undefined;
  const alone = trained.length === 1;
  const called = (name: string | undefined, what: string) =>
    name === undefined ? what : `${name}, ${what}`;
  const losses = trained.flatMap(({ name, style, steps, heldOut }): Series[] => [
    ...lossLines(steps, alone, (what) => called(name, what), style),
    ...heldOutLines(heldOut, (what) => called(name, what), alone ? 'second' : style),
  ]);
  const lines = (what: string, pick: (step: StepEvent) => number): Series[] =>
    trained.map(({ name, style, steps }) => ({
      name: name ?? what,
      style,
      points: steps.map((step) => ({ x: step.step, y: pick(step) })),
    }));
  const summary = trained
    .map(({ name, steps }) => {
      const [first, last] = [steps[0]!, steps.at(-1)!];
      return `${called(name, 'training loss')} from ${readable(first.loss)} at step ${first.step} to ${readable(last.loss)} at step ${last.step}`;
    })
    .join('; ');
  return html`<section>
    <h2>Training</h2>
    <p class="lead">
      Mean negative log-likelihood of the answers, in nats a token. A line joins what was measured
      step after step; measurements before and after training are points of their own.
    </p>
    ${lineChart({ title: 'Loss', unit: 'nats a token, by step', height: 280, series: losses, summary })}
    <div class="pair">
      ${lineChart({ title: 'Learning rate', unit: 'by step', height: 110, fromZero: true, summary: 'Learning rate at each step', series: lines('rate', (step) => step.learning_rate) })}
      ${lineChart({ title: 'Gradient norm', unit: 'before clipping', height: 110, fromZero: true, summary: 'Gradient norm at each step', series: lines('norm', (step) => step.grad_norm) })}
    </div>
  </section>`;
}

/** Steps in order; where a run was resumed, the later telling of a step counts. */
export function lastOfEachStep(events: readonly RunEvent[]): StepEvent[] {
  const steps = new Map<number, StepEvent>();
  for (const event of events) if (event.type === 'step') steps.set(event.step, event);
  return [...steps.values()].sort((a, b) => a.step - b.step);
}

/** Held-out losses of a run: the mean over tasks that report a loss, weighted by what each rests on. */
export function heldOutLosses(events: readonly RunEvent[]): HeldOut {
  const measured = events.filter(
    (event) => event.type === 'evaluation' && event.scores['loss'] !== undefined,
  ) as EvaluationEvent[];
  const isEnd = ({ phase }: EvaluationEvent) => phase === 'before' || phase === 'after';
  return {
    during: meansByStep(measured.filter((event) => !isEnd(event))),
    ends: meansByStep(measured.filter(isEnd)),
  };
}

function meansByStep(measured: readonly EvaluationEvent[]): Point[] {
  const byStep = new Map<number, Map<string, EvaluationEvent>>();
  for (const event of measured) {
    const tasks = byStep.get(event.step) ?? new Map<string, EvaluationEvent>();
    byStep.set(event.step, tasks.set(event.task, event));
  }
  return [...byStep]
    .sort(([a], [b]) => a - b)
    .map(([x, tasks]) => {
      let [total, weights] = [0, 0];
      for (const { scores } of tasks.values()) {
        const { value = 0, n = 1 } = scores['loss'] ?? {};
        total += value * n;
        weights += n;
      }
      return { x, y: total / weights };
    });
}

/** The training loss: each step as it is, and smoothed where there are many. */
function lossLines(
  steps: readonly StepEvent[],
  withRaw: boolean,
  called: (what: string) => string,
  style: (typeof styles)[number],
): Series[] {
  const losses = steps.map(({ step, loss }) => ({ x: step, y: loss }));
  if (steps.length <= 30) return [{ name: called('training'), style, points: losses }];
  const smoothed = smooth(
    losses.map(({ y }) => y),
    Math.min(0.95, 1 - 20 / Math.max(40, steps.length)),
  ).map((y, index) => ({ x: losses[index]?.x ?? 0, y }));
  return [
    ...(withRaw ? [{ name: called('each step'), style: 'raw' as const, points: losses }] : []),
    { name: called('training, smoothed'), style, points: smoothed },
  ];
}

function heldOutLines(
  { during, ends }: HeldOut,
  called: (what: string) => string,
  style: (typeof styles)[number],
): Series[] {
  return [
    ...(during.length > 0
      ? [{ name: called('held out, during'), style, points: during, drawn: 'both' as const }]
      : []),
    ...(ends.length > 0
      ? [
          {
            name: called('held out, before and after'),
            style,
            points: ends,
            drawn: 'points' as const,
          },
        ]
      : []),
  ];
}

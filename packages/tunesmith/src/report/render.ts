import type { EvaluationEvent, RunEvent, StepEvent } from '@tunesmith/schema';
import { html, raw, type Markup } from './html.ts';
import { lineChart, type Series } from './line-chart.ts';
import type { ReportData, ReportedData, ReportExample, TaskScore } from './report-data.ts';
import { readable, smooth } from './scale.ts';
import { scoreBars } from './score-bars.ts';
import { script } from './script.ts';
import { style } from './style.ts';
import { tiles } from './tiles.ts';

/** A report as one HTML page that needs no network: curves, scores with intervals, examples, data, recipe. */
export function renderReport(report: ReportData): string {
  const events = report.events ?? [];
  const steps = lastOfEachStep(events);
  const heldOut = heldOutLosses(events);
  const warnings = events.filter((event) => event.type === 'warning');
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${report.title}</title>
        <style>
          ${raw(style)}
        </style>
      </head>
      <body>
        <main>
          <header>
            <span class="brand">Tunesmith report</span>
            <h1>${report.title}</h1>
            <dl class="facts">
              ${(report.facts ?? []).map(
                ([name, value]) =>
                  html`<div>
                    <dt>${name}</dt>
                    <dd>${value}</dd>
                  </div>`,
              )}
            </dl>
            ${verdictLine(report.scores ?? [])}
            ${tiles(events, steps, heldOut, report.scores ?? [])}
            ${
              warnings.length > 0 &&
              html`<ul class="warnings">
                ${warnings.map(({ message }) => html`<li>${message}</li>`)}
              </ul>`
            }
          </header>
          ${steps.length > 0 && curves(steps, heldOut)}
          ${scoreSection(report.scores ?? [], (report.data?.overlap?.kept ?? 0) > 0)}
          ${exampleSection(report.examples ?? [])} ${report.data && dataSection(report.data)}
          ${
            report.recipe !== undefined &&
            html`<section>
              <h2>Recipe</h2>
              <p class="lead">With every default written out: this file repeats the run.</p>
              <details>
                <summary>recipe.yaml</summary>
                <pre>${report.recipe}</pre>
              </details>
            </section>`
          }
        </main>
        <script>
          ${raw(script)};
        </script>
      </body>
    </html>`;
  return `${page.markup}\n`;
}

/** Steps in order; where a run was resumed, the later telling of a step counts. */
function lastOfEachStep(events: readonly RunEvent[]): StepEvent[] {
  const steps = new Map<number, StepEvent>();
  for (const event of events) if (event.type === 'step') steps.set(event.step, event);
  return [...steps.values()].sort((a, b) => a.step - b.step);
}

/** Held-out loss over the run: the mean over tasks that report a loss, weighted by what each rests on. */
function heldOutLosses(events: readonly RunEvent[]): { x: number; y: number }[] {
  const byStep = new Map<number, EvaluationEvent[]>();
  for (const event of events) {
    if (event.type !== 'evaluation' || event.scores['loss'] === undefined) continue;
    const others = (byStep.get(event.step) ?? []).filter(({ task }) => task !== event.task);
    byStep.set(event.step, [...others, event]);
  }
  return [...byStep]
    .sort(([a], [b]) => a - b)
    .map(([step, measured]) => {
      const weights = measured.map((event) => event.scores['loss']?.n ?? 1);
      const total = weights.reduce((sum, weight) => sum + weight, 0);
      const sum = measured.reduce(
        (all, event, index) => all + (event.scores['loss']?.value ?? 0) * (weights[index] ?? 0),
        0,
      );
      return { x: step, y: sum / total };
    });
}

function verdictLine(scores: readonly TaskScore[]): Markup | undefined {
  const judged = scores.filter(
    ({ verdict, primary = true, together = false }) =>
      verdict !== undefined && primary && !together,
  );
  if (judged.length === 0) return undefined;
  const tell = (part: readonly TaskScore[], of: string): string | undefined => {
    if (part.length === 0) return undefined;
    const count = (kind: string) => part.filter(({ verdict }) => verdict === kind).length;
    return `${of}: ${count('better')} of ${part.length} ${part.length === 1 ? 'task is' : 'tasks are'} better, ${count('unclear')} unclear, ${count('worse')} worse`;
  };
  const parts = [
    tell(
      judged.filter(({ unseen }) => !unseen),
      'Held-out instances of trained clusters',
    ),
    tell(
      judged.filter(({ unseen }) => unseen),
      'Clusters not trained on',
    ),
  ].filter((part) => part !== undefined);
  return html`<p class="verdict-line">${parts.join('. ')}.</p>`;
}

function curves(steps: readonly StepEvent[], heldOut: readonly { x: number; y: number }[]): Markup {
  const line = (pick: (step: StepEvent) => number) =>
    steps.map((step) => ({ x: step.step, y: pick(step) }));
  const losses = line(({ loss }) => loss);
  const noisy = steps.length > 30;
  const smoothed = smooth(
    losses.map(({ y }) => y),
    Math.min(0.95, 1 - 20 / Math.max(40, steps.length)),
  ).map((y, index) => ({ x: losses[index]?.x ?? 0, y }));
  const series: Series[] = [
    ...(noisy ? [{ name: 'each step', style: 'raw' as const, points: losses }] : []),
    {
      name: noisy ? 'training, smoothed' : 'training',
      style: 'main',
      points: noisy ? smoothed : losses,
    },
    ...(heldOut.length > 0
      ? [{ name: 'held out', style: 'second' as const, points: heldOut, marked: true }]
      : []),
  ];
  const [first, last] = [losses[0], losses.at(-1)];
  return html`<section>
    <h2>Training</h2>
    <p class="lead">Mean negative log-likelihood of the answers, in nats a token, at each step.</p>
    ${lineChart({
      title: 'Loss',
      unit: 'nats a token, by step',
      height: 280,
      series,
      summary: `Training loss from ${readable(first?.y ?? 0)} at step ${first?.x} to ${readable(last?.y ?? 0)} at step ${last?.x}`,
    })}
    <div class="pair">
      ${lineChart({ title: 'Learning rate', unit: 'by step', height: 110, fromZero: true, summary: 'Learning rate at each step', series: [{ name: 'rate', style: 'main', points: line((step) => step.learning_rate) }] })}
      ${lineChart({ title: 'Gradient norm', unit: 'before clipping', height: 110, fromZero: true, summary: 'Gradient norm at each step', series: [{ name: 'norm', style: 'main', points: line((step) => step.grad_norm) }] })}
    </div>
  </section>`;
}

function scoreSection(scores: readonly TaskScore[], trainedOn: boolean): Markup | undefined {
  if (scores.length === 0) return undefined;
  const metrics = [...new Set(scores.map(({ metric }) => metric))];
  const isMain = (metric: string) =>
    scores.some((score) => score.metric === metric && (score.primary ?? true));
  const chart = (metric: string) =>
    scoreBars(
      metric,
      scores.filter((score) => score.metric === metric),
    );
  const others = metrics.filter((metric) => !isMain(metric));
  return html`<section>
    <h2>What it learned</h2>
    <p class="lead">
      ${trainedOn ? 'Some of the instances it is measured on were also trained on: see the data below.' : 'Measured on instances that training never saw.'}
      A whisker is the 95 % confidence interval. A change is called better or worse only where the
      95 % interval of the difference, each instance against itself, excludes zero.
    </p>
    ${metrics.filter(isMain).map(chart)}
    ${others.map(
      (metric) =>
        html`<details>
          <summary>${metric}</summary>
          ${chart(metric)}
        </details>`,
    )}
  </section>`;
}

function exampleSection(examples: readonly ReportExample[]): Markup | undefined {
  if (examples.length === 0) return undefined;
  const answer = (name: string, style: string, text: string | undefined) =>
    text !== undefined &&
    html`<div class="${style}">
      <span>${name}</span>
      <p>${text === '' ? '(nothing)' : text}</p>
    </div>`;
  return html`<section>
    <h2>Examples</h2>
    <p class="lead">Held-out prompts and what the model answers.</p>
    ${examples.map(
      (example) =>
        html`<article class="example">
          ${example.task !== undefined && html`<span class="unit">${example.task}</span>`}
          <p class="prompt">${example.prompt}</p>
          <div class="answers">
            ${answer('before', 'before', example.before)} ${answer('after', 'after', example.after)}
            ${answer('expected', '', example.expected)}
          </div>
        </article>`,
    )}
  </section>`;
}

function dataSection(data: ReportedData): Markup {
  const number = (value: number) => value.toLocaleString('en-US');
  const { training, splits } = data;
  const facts = [
    ...Object.entries(splits ?? {}).map(([name, count]) => `${number(count)} records in ${name}`),
    ...(training
      ? [
          `${number(training.examples)} examples trained on, ${number(training.supervisedTokens)} of ${number(training.tokens)} tokens learned`,
          `${number(training.rows)} rows of ${number(training.tokensPerRow)} tokens, ${readable(training.fill * 100)} % full`,
        ]
      : []),
  ];
  return html`<section>
    <h2>Data</h2>
    <p class="lead">Rows in, rows out, and why the others were left out.</p>
    <ul class="facts">
      ${facts.map((fact) => html`<li>${fact}</li>`)}
    </ul>
    <div class="table">
      <table>
        <thead>
          <tr>
            <th>Step</th>
            <th class="n">In</th>
            <th class="n">Out</th>
            <th>Left out, noticed</th>
          </tr>
        </thead>
        <tbody>
          ${data.steps.map(
            (step) =>
              html`<tr>
                <td>${step.name}</td>
                <td class="n">${number(step.rowsIn)}</td>
                <td class="n">${number(step.rowsOut)}</td>
                <td>
                  ${[...step.dropped, ...(step.noted ?? [])].map(({ reason, count, examples }) => html`<div>${number(count)} ${reason} <span class="unit">${examples.join(', ')}</span></div>`)}
                </td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
  </section>`;
}

import { curves } from './curves.ts';
import { dataSection } from './data-section.ts';
import { exampleSection } from './examples.ts';
import { html, raw, type Markup } from './html.ts';
import type { ReportData, ReportedRun, ReportedStage } from './report-data.ts';
import { scoreSection, verdictLine } from './scores.ts';
import { script } from './script.ts';
import { style } from './style.ts';
import { tiles } from './tiles.ts';

/**
 * A report of one run, of two side by side, or of the stages of one, as one HTML page that needs no network: curves, scores with intervals,
 * examples, data, recipe.
 */
export function renderReport(report: ReportData): string {
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
        <main class="${(report.runs?.length ?? 0) > 1 && 'side-by-side'}">
          <header>
            <span class="brand">Tunesmith report</span>
            <h1>${report.title}</h1>
            ${summary(report)}
          </header>
          ${body(report)} ${(report.stages ?? []).map(stage)}
        </main>
        <script>
          ${raw(script)};
        </script>
      </body>
    </html>`;
  return `${page.markup}\n`;
}

/** What stands under the title: facts, verdict, figures, warnings. */
function summary({ facts: rows = [], runs = [], scores = [], sides }: ReportData): Markup {
  return html`${facts(rows, runs)} ${verdictLine(scores, sides)} ${tiles(runs, scores)}
  ${runs.map(warnings)}`;
}

/** Curves, scores, examples, data and recipe. */
function body(report: ReportData): Markup {
  const { runs = [], scores = [], examples = [], sides = ['before', 'after'], remark } = report;
  const trainedOn = runs.some(({ data }) => (data?.overlap?.kept ?? 0) > 0);
  return html`${curves(runs)} ${scoreSection(scores, sides, { remark, trainedOn })}
  ${exampleSection(examples, sides)} ${runs.map(dataSection)} ${runs.map(recipe)}`;
}

/** A stage as a part of the page: what its own report shows, under its name. */
function stage({ name, job, report }: ReportedStage): Markup {
  return html`<section class="stage">
    <h1>${name}</h1>
    <p class="lead">${job}${!report && ': not come to yet'}</p>
    ${report && summary(report)} ${report && body(report)}
  </section>`;
}

/** Facts of one run in a line; of several in a table, those that differ marked. */
function facts(
  rows: NonNullable<ReportData['facts']>,
  runs: readonly ReportedRun[],
): Markup | undefined {
  if (rows.length === 0) return undefined;
  if (runs.length < 2) {
    return html`<dl class="facts">
      ${rows.map(
        ([name, value]) =>
          html`<div>
            <dt>${name}</dt>
            <dd>${value}</dd>
          </div>`,
      )}
    </dl>`;
  }
  return html`<div class="table">
    <table>
      <thead>
        <tr>
          <th></th>
          ${runs.map(({ name = '' }) => html`<th>${name}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          ([name, ...values]) =>
            html`<tr class="${new Set(values).size > 1 && 'differs'}">
              <td>${name}</td>
              ${values.map((value) => html`<td>${value}</td>`)}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

function warnings({ name, events = [] }: ReportedRun): Markup | undefined {
  const messages = new Set(
    events.flatMap((event) => (event.type === 'warning' ? [event.message] : [])),
  );
  if (messages.size === 0) return undefined;
  return html`<ul class="warnings">
    ${[...messages].map((message) => html`<li>${name !== undefined && `${name}: `}${message}</li>`)}
  </ul>`;
}

function recipe({ name, recipe: text }: ReportedRun): Markup | undefined {
  if (text === undefined) return undefined;
  return html`<section>
    <h2>Recipe${name !== undefined && ` of ${name}`}</h2>
    <p class="lead">With every default written out: this file repeats the run.</p>
    <details>
      <summary>recipe.yaml</summary>
      <pre>${text}</pre>
    </details>
  </section>`;
}

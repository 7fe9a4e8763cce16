import { html, type Markup } from './html.ts';
import type { ReportedData, ReportedRun } from './report-data.ts';
import { readable } from './scale.ts';

/** What happened to the rows of a run on their way. */
export function dataSection({ name, data }: ReportedRun): Markup | undefined {
  if (!data) return undefined;
  return html`<section>
    <h2>Data${name !== undefined && ` of ${name}`}</h2>
    <p class="lead">Rows in, rows out, why the others were left out, and what was noticed.</p>
    <ul class="facts">
      ${facts(data).map((fact) => html`<li>${fact}</li>`)}
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

function facts({ training, splits }: ReportedData): string[] {
  return [
    ...Object.entries(splits ?? {}).map(([name, count]) => `${number(count)} records in ${name}`),
    ...(training
      ? [
          `${number(training.examples)} examples trained on, ${number(training.supervisedTokens)} of ${number(training.tokens)} tokens learned`,
          `${number(training.rows)} rows of ${number(training.tokensPerRow)} tokens, ${readable(training.fill * 100)} % full`,
        ]
      : []),
  ];
}

function number(value: number): string {
  return value.toLocaleString('en-US');
}

import type { Score } from '@tunesmith/schema';
import { html, type Markup } from './html.ts';
import type { TaskScore } from './report-data.ts';
import { readable, tickLabel, ticks } from './scale.ts';

/**
 * Horizontal bars of both sides (before and after, or two runs) with the 95 % interval as a whisker: one group a cluster, one row a task.
 * All rows of a chart share one metric.
 */
export function scoreBars(
  metric: string,
  scores: readonly TaskScore[],
  sides: readonly [string, string],
): Markup {
  const values = scores
    .flatMap(({ before, after }) => [before, after])
    .flatMap((score) => [score?.value ?? 0, score?.high ?? 0]);
  const [low, high] = scores[0]?.range ?? [0, Math.max(...values) * 1.05 || 1];
  const place = (value: number) =>
    `${(Math.min(1, Math.max(0, (value - low) / (high - low))) * 100).toFixed(2)}%`;
  const clusters = [...new Set(scores.map(({ cluster }) => cluster ?? ''))];
  const groups = clusters
    .map((cluster) => ({
      cluster,
      rows: byTask(scores.filter((score) => (score.cluster ?? '') === cluster)),
    }))
    .sort((a, b) => Number(a.rows[0]?.unseen ?? false) - Number(b.rows[0]?.unseen ?? false));
  return html`<figure class="bars">
    <figcaption>
      <strong>${metric}</strong>
      <span class="unit"
        >${scores[0]?.higherIsBetter ? 'higher is better' : 'lower is better'}, 95 % interval</span
      >
      <span class="legend">
        <span class="key before">${sides[0]}</span><span class="key after">${sides[1]}</span>
        ${scores.some(({ chance }) => chance !== undefined) && html`<span class="key chance">chance</span>`}
      </span>
    </figcaption>
    ${groups.map(
      ({ cluster, rows }) => html`
        ${cluster !== '' && html`<h4>${cluster}${rows[0]?.unseen && html` <span class="tag">cluster not trained on</span>`}</h4>`}
        ${rows.map((row) => barRow(row, place, sides))}
      `,
    )}
    <div class="row axis">
      <span></span>
      <div class="track">
        ${ticks(low, high, 4).map((tick) => html`<span class="tick" style="left:${place(tick)}">${tickLabel(tick)}</span>`)}
      </div>
      <span></span>
    </div>
    ${numbers(scores, sides)}
  </figure>`;
}

/** Rows of one task next to each other, tasks in the order in which they first come: two runs may have measured it on other instances. */
function byTask(rows: readonly TaskScore[]): TaskScore[] {
  const tasks = rows.map(({ task }) => task);
  return rows.toSorted((one, other) => tasks.indexOf(one.task) - tasks.indexOf(other.task));
}

/** The same in numbers, with every interval. */
function numbers(scores: readonly TaskScore[], sides: readonly [string, string]): Markup {
  const cell = (score: Score | undefined, signed = false) =>
    html`<td class="n">${score && scoreText(score, signed)}</td>`;
  return html`<details>
    <summary>in numbers</summary>
    <div class="table">
      <table>
        <thead>
          <tr>
            <th>Task</th>
            <th class="n">${sides[0]}</th>
            <th class="n">${sides[1]}</th>
            <th class="n">Difference</th>
            <th class="n">Chance</th>
            <th class="n">Instances</th>
          </tr>
        </thead>
        <tbody>
          ${scores.map(
            (score) =>
              html`<tr>
                <td>${score.together ? `${score.cluster}, together` : score.task}</td>
                ${cell(score.before)} ${cell(score.after)} ${cell(score.difference, true)}
                <td class="n">${score.chance !== undefined && readable(score.chance)}</td>
                <td class="n">${(score.after ?? score.before)?.n}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
  </details>`;
}

/** `0.412 [0.350, 0.474]`; the ends are left out where there is no interval. */
function scoreText({ value, low, high }: Score, signed = false): string {
  const text = signed && value > 0 ? `+${readable(value)}` : readable(value);
  return low === undefined || high === undefined
    ? text
    : `${text} [${readable(low)}, ${readable(high)}]`;
}

function barRow(
  row: TaskScore,
  place: (value: number) => string,
  sides: readonly [string, string],
): Markup {
  const { before, after, chance } = row;
  return html`<div class="row">
    <span class="name${row.together && ' together'}">${row.task}</span>
    <div class="track">
      ${before && bar('before', before, place, sides[0])}
      ${after && bar('after', after, place, sides[1])}
      ${chance !== undefined && html`<i class="chance" style="left:${place(chance)}" title="chance: ${readable(chance)}"></i>`}
    </div>
    <span class="numbers"
      >${before && readable(before.value)} ${before && after && '→'}
      <b>${after && readable(after.value)}</b>${verdictMark(row)}
      ${row.difference && html`<small>${scoreText(row.difference, true)}</small>`}</span
    >
  </div>`;
}

function bar(
  style: 'before' | 'after',
  score: Score,
  place: (value: number) => string,
  side: string,
): Markup {
  const { value, low, high, n } = score;
  const interval =
    low === undefined || high === undefined
      ? ''
      : `, 95 % interval ${readable(low)} to ${readable(high)}`;
  const title = `${side}: ${readable(value)}${interval}${n === undefined ? '' : `, n = ${n}`}`;
  return html`<div class="bar ${style}" title="${title}">
    <i style="width:${place(value)}"></i>
    ${low !== undefined && high !== undefined && html`<u style="left:${place(low)};right:calc(100% - ${place(high)})"></u>`}
  </div>`;
}

const meanings = {
  better: 'the 95 % interval of the difference lies on the better side of zero',
  worse: 'the 95 % interval of the difference lies on the worse side of zero',
  unclear: 'the 95 % interval of the difference includes zero',
  'too-few': 'too few instances for an interval, and so for a verdict',
};

function verdictMark({ verdict }: TaskScore): Markup | undefined {
  if (verdict === undefined) return undefined;
  return html` <span class="verdict ${verdict}" title="${meanings[verdict]}"
    >${verdict === 'too-few' ? 'too few' : verdict}</span
  >`;
}

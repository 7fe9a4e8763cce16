import { html, raw, type Markup } from './html.ts';
import { readable } from './scale.ts';
import { style } from './style.ts';

/** Lengths of one kind. */
export interface DataPageLengths {
  /** What is long, and in what unit: `answer, words`. */
  readonly name: string;
  readonly bins: readonly { readonly from: number; readonly to: number; readonly count: number }[];
  readonly mean: number;
  readonly median: number;
  readonly percentile99: number;
  readonly maximum: number;
}

/** A record as a model is shown it: pieces that are learned, and pieces that are not. */
export interface DataPageExample {
  readonly id: string;
  readonly note: string;
  readonly documents: readonly (readonly {
    readonly text: string;
    readonly supervised: boolean;
  }[])[];
}

/** What a page about data shows; {@link renderDataPage} makes it. */
export interface DataPage {
  readonly title: string;
  /** Numbers for a glance. */
  readonly tiles: readonly (readonly [name: string, value: string, note?: string])[];
  readonly warnings: readonly string[];
  readonly lengths: readonly DataPageLengths[];
  /** How often each value occurs, by what is counted: sources, licenses. */
  readonly tallies: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly examples: readonly DataPageExample[];
}

/** Values of a tally that are shown; the others are counted together. */
const shownValues = 20;

/** Statistics of data as one HTML page that needs no network: lengths, masks, duplicates, sources, licenses. */
export function renderDataPage(page: DataPage): string {
  const markup = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${page.title}</title>
        <style>
          ${raw(style)} ${raw(ownStyle)}
        </style>
      </head>
      <body>
        <main>
          <header>
            <span class="brand">Tunesmith data</span>
            <h1>${page.title}</h1>
          </header>
          <div class="tiles">${page.tiles.map(tile)}</div>
          ${
            page.warnings.length > 0 &&
            html`<ul class="warnings">
              ${page.warnings.map((text) => html`<li>${text}</li>`)}
            </ul>`
          }
          ${lengthSection(page.lengths)} ${tallySection(page.tallies)} ${examples(page.examples)}
        </main>
      </body>
    </html>`;
  return `${markup.markup}\n`;
}

const ownStyle = `
.shown { white-space: pre-wrap; overflow-wrap: anywhere; margin: 8px 0 0; font: 13.5px/1.6 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
mark { background: color-mix(in srgb, var(--main) 18%, transparent); color: inherit; border-bottom: 2px solid var(--main); padding: 1px 0; }
`;

function tile([name, value, note]: DataPage['tiles'][number]): Markup {
  return html`<div class="tile">
    <span>${name}</span><b>${value}</b>${note !== undefined && html`<em>${note}</em>`}
  </div>`;
}

function lengthSection(all: readonly DataPageLengths[]): Markup | undefined {
  if (all.length === 0) return undefined;
  return html`<section>
    <h2>Lengths</h2>
    <p class="lead">How many records are how long, by powers of two.</p>
    ${all.map(
      ({ name, bins, mean, median, percentile99, maximum }) =>
        html`<figure>
          <figcaption>
            <b>${name}</b>
            <span class="unit"
              >mean ${readable(mean)}, median ${readable(median)}, 99 % up to
              ${readable(percentile99)}, longest ${readable(maximum)}</span
            >
          </figcaption>
          ${bars(bins.map(({ from, to, count }) => [from === to ? number(from) : `${number(from)} – ${number(to)}`, count]))}
        </figure>`,
    )}
  </section>`;
}

function tallySection(tallies: DataPage['tallies']): Markup[] {
  return Object.entries(tallies).map(([name, tally]) => {
    const values = Object.entries(tally).toSorted(([, one], [, other]) => other - one);
    const rest = values.slice(shownValues);
    const others = rest.reduce((sum, [, count]) => sum + count, 0);
    const shown: [string, number][] = [
      ...values.slice(0, shownValues),
      ...(rest.length > 0 ? [[`${rest.length} others`, others] as [string, number]] : []),
    ];
    return html`<section>
      <h2>${name}</h2>
      <figure>${bars(shown)}</figure>
    </section>`;
  });
}

function bars(rows: readonly (readonly [name: string, count: number])[]): Markup[] {
  const most = Math.max(1, ...rows.map(([, count]) => count));
  const all = Math.max(
    1,
    rows.reduce((sum, [, count]) => sum + count, 0),
  );
  return rows.map(
    ([name, count]) =>
      html`<div class="row">
        <span class="name">${name}</span>
        <div class="track">
          <div class="bar after"><i style="width: ${((100 * count) / most).toFixed(2)}%"></i></div>
        </div>
        <span class="numbers"><b>${number(count)}</b> ${readable((100 * count) / all)} %</span>
      </div>`,
  );
}

function examples(all: readonly DataPageExample[]): Markup | undefined {
  if (all.length === 0) return undefined;
  return html`<section>
    <h2>First records, as the model reads them</h2>
    <p class="lead"><mark>What is learned</mark> is marked; the rest is only read.</p>
    ${all.map(
      ({ id, note, documents }) =>
        html`<div class="example">
          <b>${id}</b> <span class="unit">${note}</span>
          ${documents.map((segments) => html`<div class="shown">${segments.map(({ text, supervised }) => (supervised ? html`<mark>${text}</mark>` : text))}</div>`)}
        </div>`,
    )}
  </section>`;
}

function number(value: number): string {
  return value.toLocaleString('en-US');
}

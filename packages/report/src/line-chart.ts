import { html, type Markup } from './html.ts';
import { tickLabel, ticks } from './scale.ts';

/** A value that was measured at a step. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** Values over steps, as a line, as points, or as points joined by a line. */
export interface Series {
  name: string;
  /** The class of the line, which gives it its color. */
  style: 'raw' | 'main' | 'second';
  points: readonly Point[];
  /** `line` by default; a line breaks where a value is not a number. */
  drawn?: 'line' | 'points' | 'both';
}

/** A line chart. */
export interface LineChart {
  title: string;
  /** What the chart says, for those who do not see it. */
  summary: string;
  unit: string;
  series: readonly Series[];
  height: number;
  /** Whether the vertical axis begins at zero. */
  fromZero?: boolean;
}

// The drawing is stretched to the page's width, so lines keep their thickness by `vector-effect` and labels are HTML.
const size = 1000;

/** A line chart as a figure that fits any width; hovering tells the values of the step. */
export function lineChart(chart: LineChart): Markup {
  const all = chart.series.flatMap(({ points }) => points);
  const xs = all.map(({ x }) => x);
  const ys = all.map(({ y }) => y).filter(Number.isFinite);
  const [left, right] = [Math.min(...xs), Math.max(...xs)];
  const margin = (Math.max(...ys) - Math.min(...ys) || Math.abs(ys[0] ?? 1) || 1) * 0.06;
  const bottom = chart.fromZero ? 0 : Math.min(...ys) - margin;
  const top = Math.max(...ys) + margin;
  const x = (value: number) =>
    right === left ? size / 2 : ((value - left) / (right - left)) * size;
  const y = (value: number) => (1 - (value - bottom) / (top - bottom)) * size;
  const percent = (value: number) => `${(value / (size / 100)).toFixed(2)}%`;
  const yTicks = ticks(bottom, top, chart.height > 200 ? 5 : 3);
  const xTicks = ticks(left, right, chart.height > 200 ? 8 : 4).filter(Number.isInteger);
  const data = {
    left,
    right,
    series: chart.series.map(({ name, style, points }) => ({
      name,
      style,
      points: points.map((p) => [p.x, p.y]),
    })),
  };
  return html`<figure class="chart">
    <figcaption>
      <strong>${chart.title}</strong> <span class="unit">${chart.unit}</span>
      <span class="legend"
        >${chart.series.map(({ name, style }) => html`<span class="key ${style}">${name}</span>`)}</span
      >
    </figcaption>
    <div class="plot" style="height:${chart.height}px" data-chart="${JSON.stringify(data)}">
      <svg
        viewBox="0 0 ${size} ${size}"
        preserveAspectRatio="none"
        role="img"
        aria-label="${chart.summary}"
      >
        ${yTicks.map((tick) => html`<line class="grid" x1="0" x2="${size}" y1="${y(tick)}" y2="${y(tick)}" />`)}
        ${chart.series.map((series) => drawSeries(series, x, y))}
      </svg>
      ${yTicks.map((tick) => html`<span class="tick y" style="top:${percent(y(tick))}">${tickLabel(tick)}</span>`)}
      ${xTicks.map((tick) => html`<span class="tick x" style="left:${percent(x(tick))}">${String(tick)}</span>`)}
      <div class="cursor" hidden></div>
      <div class="tip" hidden></div>
    </div>
  </figure>`;
}

function drawSeries(
  { points, style, drawn = 'line' }: Series,
  x: (value: number) => number,
  y: (value: number) => number,
): Markup {
  const at = (point: Point) => `${x(point.x).toFixed(1)} ${y(point.y).toFixed(1)}`;
  const pieces = unbroken(points);
  const lines = drawn === 'points' ? [] : pieces.filter((piece) => piece.length > 1);
  const dots = (drawn === 'line' ? pieces.filter((piece) => piece.length === 1) : pieces).flat();
  return html`${lines.map((piece) => html`<path class="line ${style}" d="M${piece.map(at).join('L')}" />`)}
  ${dots.map((point) => html`<path class="dot ${style}" d="M${at(point)}h0" />`)}`;
}

/** Runs of points whose values are numbers. */
function unbroken(points: readonly Point[]): Point[][] {
  const pieces: Point[][] = [[]];
  for (const point of points) {
    if (Number.isFinite(point.y)) pieces.at(-1)!.push(point);
    else pieces.push([]);
  }
  return pieces.filter((piece) => piece.length > 0);
}

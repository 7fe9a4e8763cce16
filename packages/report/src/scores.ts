import { html, type Markup } from './html.ts';
import type { TaskScore } from './report-data.ts';
import { scoreBars } from './score-bars.ts';

/** How many tasks are better, unclear and worse, apart for clusters that were trained on and those that were not. */
export function verdictLine(
  scores: readonly TaskScore[],
  sides: readonly [string, string] | undefined,
): Markup | undefined {
  const judged = scores.filter(
    ({ verdict, primary = true, together = false }) =>
      verdict !== undefined && primary && !together,
  );
  if (judged.length === 0) return undefined;
  const tell = (part: readonly TaskScore[], of: string): string | undefined => {
    if (part.length === 0) return undefined;
    const count = (kind: TaskScore['verdict']) =>
      part.filter(({ verdict }) => verdict === kind).length;
    const few = count('too-few');
    return `${of}: ${count('better')} of ${part.length} ${part.length === 1 ? 'task is' : 'tasks are'} better, ${count('unclear')} unclear, ${count('worse')} worse${few > 0 ? `, ${few} with too few instances to judge` : ''}`;
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
  const against = sides && `${sides[1]} against ${sides[0]}. `;
  return html`<p class="verdict-line">${against}${parts.join('. ')}.</p>`;
}

/** Every score on both sides: main measures as charts, the others folded away. */
export function scoreSection(
  scores: readonly TaskScore[],
  sides: readonly [string, string],
  { remark, trainedOn }: { remark?: string | undefined; trainedOn: boolean },
): Markup | undefined {
  if (scores.length === 0) return undefined;
  const metrics = [...new Set(scores.map(({ metric }) => metric))];
  const isMain = (metric: string) =>
    scores.some((score) => score.metric === metric && (score.primary ?? true));
  const chart = (metric: string) =>
    scoreBars(
      metric,
      scores.filter((score) => score.metric === metric),
      sides,
    );
  const others = metrics.filter((metric) => !isMain(metric));
  return html`<section>
    <h2>What it learned</h2>
    <p class="lead">
      ${trainedOn ? 'Some of the instances it is measured on were also trained on: see the data below.' : 'Measured on instances that training never saw.'}
      A whisker is the 95 % confidence interval. A change is called better or worse only where the
      95 % interval of the difference, each instance against itself, excludes zero.
    </p>
    ${remark !== undefined && html`<p class="lead">${remark}</p>`}
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

import { html, type Markup } from './html.ts';
import type { ReportAnswer, ReportExample } from './report-data.ts';
import { readable } from './scale.ts';

/** What happened to an example from one side to the other, for the filter. */
type Outcome = 'gained' | 'lost' | 'right' | 'wrong' | 'other';

const outcomes: readonly [Outcome, string][] = [
  ['gained', 'newly right'],
  ['lost', 'newly wrong'],
  ['right', 'right'],
  ['wrong', 'wrong'],
];

/** Held-out prompts and what was answered on both sides, marked right or wrong, with filters by task, outcome and words. */
export function exampleSection(
  examples: readonly ReportExample[],
  sides: readonly [string, string],
): Markup | undefined {
  if (examples.length === 0) return undefined;
  const tasks = [...new Set(examples.flatMap(({ task }) => task ?? []))];
  const happened = examples.map(outcomeOf);
  const option = (value: string, text: string) => html`<option value="${value}">${text}</option>`;
  return html`<section data-examples>
    <h2>Examples</h2>
    <p class="lead">
      Held-out prompts and what the model answers: the text it writes, or the choice it finds
      likeliest.
    </p>
    <form class="filters" hidden>
      <label
        >Task
        <select name="task">
          ${option('', 'all')} ${tasks.map((task) => option(task, task))}
        </select></label
      >
      <label
        >Outcome
        <select name="outcome">
          ${option('', 'all')}
          ${outcomes
            .filter(([outcome]) => happened.some((one) => matches(one, outcome)))
            .map(([outcome, text]) => option(outcome, text))}
        </select></label
      >
      <label>Words <input name="words" type="search" placeholder="in prompt or answers" /></label>
      <output>${examples.length} of ${examples.length}</output>
    </form>
    ${examples.map(
      (example, index) =>
        html`<article
          class="example"
          data-task="${example.task ?? ''}"
          data-outcome="${happened[index]}"
        >
          ${example.task !== undefined && html`<span class="unit">${example.task}</span>`}
          <p class="prompt">${example.prompt}</p>
          <div class="answers">
            ${answer(sides[0], 'before', example.before)}
            ${answer(sides[1], 'after', example.after)}
            ${example.expected !== undefined && answer('expected', '', { text: example.expected })}
          </div>
        </article>`,
    )}
  </section>`;
}

function answer(name: string, style: string, given: ReportAnswer | undefined): Markup | undefined {
  if (given === undefined) return undefined;
  const { text, right, score } = given;
  const mark =
    right === undefined
      ? undefined
      : right
        ? html` <b class="mark right">✓ right</b>`
        : html` <b class="mark wrong"
            >✗ ${score !== undefined && score > 0 ? `scores ${readable(score)}` : 'wrong'}</b
          >`;
  return html`<div class="${style}">
    <span>${name}${mark}</span>
    <p>${text === '' ? '(nothing)' : text}</p>
  </div>`;
}

function outcomeOf({ before, after }: ReportExample): Outcome {
  const [then, now] = [before?.right, after?.right];
  if (now === undefined) return then === undefined ? 'other' : then ? 'right' : 'wrong';
  if (then === undefined || then === now) return now ? 'right' : 'wrong';
  return now ? 'gained' : 'lost';
}

/** What is newly right is right too, and what is newly wrong is wrong. */
function matches(outcome: Outcome, wanted: Outcome): boolean {
  if (wanted === 'right') return outcome === 'right' || outcome === 'gained';
  if (wanted === 'wrong') return outcome === 'wrong' || outcome === 'lost';
  return outcome === wanted;
}

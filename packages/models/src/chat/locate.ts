import { callingTurn, callPlace } from './calls.ts';
import {
  attempt,
  contentEnds,
  contentStart,
  generationHeading,
  headingEnd,
  type Scene,
  type TurnPlace,
} from './probes.ts';
import { leadingMarker, leadingSpecial, specialsIn, type SpecialPlace } from './spans.ts';
import type { Turn } from './turns.ts';

/**
 * Finds what the model must write in turn `i`: from where generation begins to the token that ends the turn.
 *
 * The places come from renderings that differ from the whole in one thing. A mark after the turn's content tells where
 * the content ends, whatever the template trims or takes out of it: the text after the mark is the same with and without.
 * The turns before it with the generation prompt tell where generation begins. Where that text does not begin the whole
 * (earlier text depends on later turns, or the prompt holds `<think>` and what is kept of an answer does not), the stretch
 * between the contents of the turn before and of this one is compared instead.
 *
 * @returns undefined where the text does not tell: the template hides the answer, or shows it in several places
 */
export function locateTurn(scene: Scene, i: number): TurnPlace | undefined {
  const { turns, text, render, generationPrompt } = scene;
  const prompt = attempt(() => render(turns.slice(0, i), true));
  const agrees = prompt !== undefined && text.startsWith(prompt);
  if (turns[i]!.more['tool_calls'] !== undefined) {
    const called = callPlace(render, turns, i, scene);
    if (called !== 'hidden') return callingTurn(scene, i, prompt, called);
  }
  const found = contentEnds(render, turns, i, { text, generationPrompt });
  if (agrees) {
    const ends = found.filter((end) => end >= prompt.length);
    // A template may show the content twice in its turn: the token that ends the turn tells how far the turn reaches.
    const closed = ends.map((end) => turnEnd(scene, i, end));
    const place = closed.find(({ endOfTurn }) => endOfTurn !== undefined) ?? closed.at(-1);
    return place && { start: promptedStart(scene, i, prompt), ...place };
  }
  if (found.length !== 1) return undefined;
  const start = turnStart(scene, i, prompt, found[0]!);
  return start === undefined ? undefined : { start, ...turnEnd(scene, i, found[0]!) };
}

/** Where turn `i` begins in a text that begins as generation does; some templates ask for no answer before the first message. */
function promptedStart(scene: Scene, i: number, prompt: string): number {
  const asks = i > 0 || generationHeading(scene, i) !== '';
  return asks ? prompt.length : (contentStart(scene, i) ?? prompt.length);
}

/** Where turn `i` begins in a text that does not begin as generation does. */
function turnStart(
  scene: Scene,
  i: number,
  prompt: string | undefined,
  contentEnd: number,
): number | undefined {
  const content = contentStart(scene, i);
  const known = content !== undefined && content <= contentEnd;
  if (known && (prompt === undefined || prompt.startsWith(scene.text.slice(0, content))))
    return content;
  const heading =
    prompt === undefined
      ? undefined
      : headingEnd(scene, i, prompt, { ...scene, shown: scene.turns });
  if (heading !== undefined && heading <= (known ? content : contentEnd)) return heading;
  return known ? content : undefined;
}

/** The end of a turn whose content ends at `end`: after the token that ends it, where the template writes one. */
function turnEnd(scene: Scene, i: number, end: number): { end: number; endOfTurn?: string } {
  const { render, turns, text } = scene;
  const shown = turns.slice(0, i + 1);
  const cut = (): Tail | undefined => {
    if (shown.length === turns.length && !scene.generationPrompt)
      return { whole: text, tail: text.slice(end) };
    const whole = attempt(() => render(shown, false));
    if (whole === undefined) return undefined;
    const from = contentEnds(render, shown, i, { text: whole, generationPrompt: false })[0];
    return from === undefined ? undefined : { whole, tail: whole.slice(from) };
  };
  return endAfter(scene, i, end, cut);
}

/** A conversation cut after a turn, and what stands in it after what the model writes. */
export interface Tail {
  readonly whole: string;
  readonly tail: string;
}

/**
 * Extends what the model writes by the token that ends its turn and the text up to it.
 *
 * The conversation cut after the turn tells that token from the next turn's beginning. Where it closes an answer and another
 * one right after it ends generations, and questions too, as in Command R7B, the turn reaches up to that. Where the template begins an
 * assistant turn whether asked or not, a token that also stands before the first message's content is no end.
 *
 * @param end where what the model writes ends so far
 */
export function endAfter(
  scene: Scene,
  i: number,
  end: number,
  cut: () => Tail | undefined,
): { end: number; endOfTurn?: string } {
  const { tokenizer, text } = scene;
  const lead = leadingSpecial(tokenizer, text.slice(end));
  if (lead && tokenizer.endIds.includes(lead.id))
    return { end: end + lead.end, endOfTurn: lead.token };
  const last = cut();
  const first =
    last && (specialsIn(tokenizer, last.tail)[0] ?? leadingMarker(tokenizer, last.tail));
  if (!first) return { end };
  if (!text.startsWith(last.tail.slice(0, first.end), end)) {
    // Another token ends the conversation's last answer: what ends questions too ends the others.
    return lead && lead.id === questionEnd(scene, i)?.id
      ? { end: end + lead.end, endOfTurn: lead.token }
      : { end };
  }
  if (!endsTurn(scene, i, last, first)) return { end };
  const ended = end + first.end;
  const next = leadingSpecial(tokenizer, text.slice(ended));
  const ends =
    next?.start === 0 &&
    tokenizer.endIds.includes(next.id) &&
    next.id === questionEnd(scene, i)?.id;
  return ends && last.tail.startsWith(next.token, first.end)
    ? { end: ended + next.end, endOfTurn: next.token }
    : { end: ended, endOfTurn: first.token };
}

/** The token that ends the question nearest to turn `i`, where the conversation is cut there. */
function questionEnd({ tokenizer, turns, render }: Scene, i: number): SpecialPlace | undefined {
  const isQuestion = ({ role }: Turn): boolean => role === 'user';
  const before = turns.slice(0, i).findLastIndex(isQuestion);
  const asked = before < 0 ? turns.findIndex(isQuestion) : before;
  const shown = turns.slice(0, asked + 1);
  const text = attempt(() => render(shown, false));
  if (asked < 0 || text === undefined) return undefined;
  const from = contentEnds(render, shown, asked, { text, generationPrompt: false }).at(-1);
  return from === undefined ? undefined : leadingSpecial(tokenizer, text.slice(from));
}

function endsTurn(
  scene: Scene,
  i: number,
  { whole, tail }: Tail,
  { id, token }: { id: number; token: string },
): boolean {
  const { tokenizer, turns, render } = scene;
  if (tokenizer.endIds.includes(id)) return true;
  if (id === tokenizer.bos) return false;
  const heading = generationHeading(scene, i);
  if (heading !== '' && !whole.endsWith(heading)) return true;
  // The text before the answer ends with what follows it and has no end of its own: that is the next heading.
  const before = contentStart(scene, i);
  const previous = i > 0 ? contentEnds(render, turns, i - 1, scene).at(-1) : undefined;
  if (before !== undefined && previous !== undefined) {
    const gap = scene.text.slice(previous, before);
    if (gap.length > tail.length && gap.endsWith(tail)) return false;
  }
  const first = contentStart(scene, 0);
  if (first === undefined) return false;
  return !scene.text.slice(0, first).includes(token);
}

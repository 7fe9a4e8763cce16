import type { Tokenizer } from '../tokenizer/tokenizer.ts';
import { leadingMarker, leadingSpecial, specialsIn, type Span } from './spans.ts';
import { placeMark, type Turn } from './turns.ts';

/** Renders some turns, on request with the beginning of an assistant turn after them. */
export type Render = (shown: readonly Turn[], generationPrompt: boolean) => string;

/** A rendered conversation in which turns are looked for. */
export interface Scene {
  readonly tokenizer: Tokenizer;
  readonly turns: readonly Turn[];
  /** All turns, rendered. */
  readonly text: string;
  /** Whether the text ends with the beginning of an assistant turn. */
  readonly generationPrompt: boolean;
  readonly render: Render;
}

/** What the model must write in one turn, and the token that ends it, where there is one. */
export interface TurnPlace extends Span {
  readonly endOfTurn?: string;
}

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
    return prompt === undefined ? undefined : callingTurn(scene, i, prompt);
  }
  const found = contentEnds(render, turns, i, { text, generationPrompt });
  if (agrees) {
    const ends = found.filter((end) => end >= prompt.length);
    // A template may show the content twice in its turn: the token that ends the turn tells how far the turn reaches.
    const closed = ends.map((end) => turnEnd(scene, i, end));
    const place = closed.find(({ endOfTurn }) => endOfTurn !== undefined) ?? closed.at(-1);
    return place && { start: prompt.length, ...place };
  }
  if (found.length !== 1) return undefined;
  const start = turnStart(scene, i, prompt, found[0]!);
  return start === undefined ? undefined : { start, ...turnEnd(scene, i, found[0]!) };
}

/** What a template's refusal leaves: some refuse a conversation that stops half way. */
function attempt(render: () => string): string | undefined {
  try {
    return render();
  } catch {
    return undefined;
  }
}

/** The pieces of a rendering with another content for one turn, cut where that content has the mark. */
function piecesWith(
  render: Render,
  turns: readonly Turn[],
  i: number,
  content: string,
  generationPrompt: boolean,
): string[] {
  const probed = turns.map((turn, k) => (k === i ? { ...turn, content } : turn));
  return attempt(() => render(probed, generationPrompt))?.split(placeMark) ?? [];
}

interface Whole {
  readonly text: string;
  readonly generationPrompt: boolean;
}

/** Where the content of turn `i` ends in a whole text, as often as it is shown. */
function contentEnds(
  render: Render,
  turns: readonly Turn[],
  i: number,
  { text, generationPrompt }: Whole,
): number[] {
  const { content } = turns[i]!;
  const core = content.trimEnd();
  const probes = [
    content + placeMark,
    core + placeMark + content.slice(core.length),
    // Where the template takes off the content's end, or asks how it begins.
    placeMark,
  ];
  for (const probe of new Set(probes)) {
    const pieces = piecesWith(render, turns, i, probe, generationPrompt);
    if (pieces.length === 2 && text.endsWith(pieces[1]!)) return [text.length - pieces[1]!.length];
    if (pieces.length > 1 && pieces.join('') === text) {
      let end = 0;
      return pieces.slice(0, -1).map((piece) => (end += piece.length));
    }
  }
  return [];
}

/** Where the content of turn `i` begins; undefined where the text before it depends on the content. */
function contentStart({ render, turns, text, generationPrompt }: Scene, i: number) {
  for (const probe of [placeMark + turns[i]!.content, placeMark]) {
    const pieces = piecesWith(render, turns, i, probe, generationPrompt);
    if (pieces.length === 2 && text.startsWith(pieces[0]!)) return pieces[0]!.length;
  }
  return undefined;
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

/** Where the heading of turn `i` ends: what the prompt has after the content of the turn before, found in a whole text. */
function headingEnd(
  { render, turns }: Scene,
  i: number,
  prompt: string,
  whole: Whole & { readonly shown: readonly Turn[] },
): number | undefined {
  if (i === 0) return undefined;
  const before = turns.slice(0, i);
  const ends = contentEnds(render, whole.shown, i - 1, whole);
  const asked = contentEnds(render, before, i - 1, { text: prompt, generationPrompt: true });
  if (ends.length !== 1 || asked.length !== 1) return undefined;
  const heading = prompt.slice(asked[0]);
  return whole.text.startsWith(heading, ends[0]) ? ends[0]! + heading.length : undefined;
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
 * The conversation cut after the turn tells that token from the next turn's beginning. Where the template begins an
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
  if (!first || !text.startsWith(last.tail.slice(0, first.end), end)) return { end };
  if (!endsTurn(scene, i, last, first)) return { end };
  return { end: end + first.end, endOfTurn: first.token };
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

/** What the generation prompt adds before turn `i`; empty where it adds nothing. */
function generationHeading({ turns, render }: Scene, i: number): string {
  const before = turns.slice(0, i);
  const asked = attempt(() => render(before, true));
  const plain = attempt(() => render(before, false));
  if (asked === undefined || plain === undefined) return '';
  let same = 0;
  while (same < asked.length && asked[same] === plain[same]) same++;
  return asked.slice(same);
}

/** A turn that calls tools: all that the conversation cut after it adds to the prompt, up to the token that ends it. */
function callingTurn(scene: Scene, i: number, prompt: string): TurnPlace | undefined {
  const { tokenizer, turns, text, render } = scene;
  const shown = turns.slice(0, i + 1);
  const cut = attempt(() => render(shown, false));
  if (cut === undefined) return undefined;
  const startIn = (whole: Whole & { readonly shown: readonly Turn[] }): number | undefined =>
    whole.text.startsWith(prompt) ? prompt.length : headingEnd(scene, i, prompt, whole);
  const start = startIn({ ...scene, shown: turns });
  const begun = startIn({ shown, text: cut, generationPrompt: false });
  if (start === undefined || begun === undefined) return undefined;
  const added = cut.slice(begun);
  const specials = specialsIn(tokenizer, added);
  const end = specials.find(({ id }) => tokenizer.endIds.includes(id)) ?? specials.at(-1);
  const written = added.slice(0, end?.end).trimEnd();
  if (written === '' || !text.startsWith(written, start)) return undefined;
  return { start, end: start + written.length, ...(end ? { endOfTurn: end.token } : {}) };
}

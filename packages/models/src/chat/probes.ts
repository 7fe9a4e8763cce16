import type { Tokenizer } from '../tokenizer/tokenizer.ts';
import type { Span } from './spans.ts';
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

/** What a template's refusal leaves: some refuse a conversation that stops half way. */
export function attempt(render: () => string): string | undefined {
  try {
    return render();
  } catch {
    return undefined;
  }
}

/** The pieces of a rendering with another content for one turn, cut where that content has the mark. */
export function piecesWith(
  render: Render,
  turns: readonly Turn[],
  i: number,
  content: string,
  generationPrompt: boolean,
): string[] {
  const probed = turns.map((turn, k) => (k === i ? { ...turn, content } : turn));
  return attempt(() => render(probed, generationPrompt))?.split(placeMark) ?? [];
}

/** A rendered conversation, and whether it ends with the beginning of an assistant turn. */
export interface Whole {
  readonly text: string;
  readonly generationPrompt: boolean;
}

/** Where the content of turn `i` ends in a whole text, as often as it is shown. */
export function contentEnds(
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
export function contentStart({ render, turns, text, generationPrompt }: Scene, i: number) {
  for (const probe of [placeMark + turns[i]!.content, placeMark]) {
    const pieces = piecesWith(render, turns, i, probe, generationPrompt);
    if (pieces.length === 2 && text.startsWith(pieces[0]!)) return pieces[0]!.length;
  }
  return undefined;
}

/** What the generation prompt adds before turn `i`; empty where it adds nothing. */
export function generationHeading({ turns, render }: Scene, i: number): string {
  const before = turns.slice(0, i);
  const asked = attempt(() => render(before, true));
  const plain = attempt(() => render(before, false));
  if (asked === undefined || plain === undefined) return '';
  let same = 0;
  while (same < asked.length && asked[same] === plain[same]) same++;
  return asked.slice(same);
}

/**
 * Where the heading of turn `i` ends in a whole text: what the prompt has after the content of the turn before, found there.
 *
 * @param prompt the turns before, with the beginning of an answer
 * @param whole a rendering of `shown`, which holds turn `i`
 * @param common how much of the heading must stand there; all of it where it is left out
 */
export function headingEnd(
  { render, turns }: Scene,
  i: number,
  prompt: string,
  whole: Whole & { readonly shown: readonly Turn[] },
  common: (heading: string, text: string) => number = (heading) => heading.length,
): number | undefined {
  if (i === 0) return undefined;
  const before = turns.slice(0, i);
  const ends = contentEnds(render, whole.shown, i - 1, whole);
  const asked = contentEnds(render, before, i - 1, { text: prompt, generationPrompt: true });
  if (ends.length !== 1 || asked.length !== 1) return undefined;
  const heading = prompt.slice(asked[0]);
  const length = common(heading, whole.text.slice(ends[0]));
  return whole.text.startsWith(heading.slice(0, length), ends[0]) ? ends[0]! + length : undefined;
}

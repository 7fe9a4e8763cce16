import type { Message } from '@tunesmith/schema';
import {
  attempt,
  headingEnd,
  type Render,
  type Scene,
  type TurnPlace,
  type Whole,
} from './probes.ts';
import { specialsIn } from './spans.ts';
import { placeMark, type Turn } from './turns.ts';

type Calls = NonNullable<Message['tool_calls']>;

/**
 * Where the name of the last tool that turn `i` calls ends in a whole text.
 *
 * @returns `hidden` where the text does not show it, undefined where it does not tell
 */
export function callPlace(
  render: Render,
  turns: readonly Turn[],
  i: number,
  { text, generationPrompt }: Whole,
): number | 'hidden' | undefined {
  const probed = turns.map((turn, k) => (k === i ? withMarkedCall(turn) : turn));
  const pieces = attempt(() => render(probed, generationPrompt))?.split(placeMark);
  if (!pieces || !text.startsWith(pieces[0]!)) return undefined;
  return pieces.length > 1 ? pieces[0]!.length : 'hidden';
}

function withMarkedCall(turn: Turn): Turn {
  const calls = turn.more['tool_calls'] as Calls;
  const { name, ...rest } = calls.at(-1)!.function;
  const last = { ...calls.at(-1)!, function: { name: name + placeMark, ...rest } };
  return { ...turn, more: { ...turn.more, tool_calls: [...calls.slice(0, -1), last] } };
}

/**
 * A turn that calls tools: from where generation begins to the token that ends the turn. The conversation cut after the turn
 * tells how far it reaches: up to there, the text after the last call is the same in both.
 *
 * @param prompt the turns before, with the beginning of an answer
 * @param called see {@link callPlace}
 */
export function callingTurn(
  scene: Scene,
  i: number,
  prompt: string | undefined,
  called: number | undefined,
): TurnPlace | undefined {
  const { tokenizer, turns, text, render } = scene;
  if (prompt === undefined || called === undefined) return undefined;
  const shown = turns.slice(0, i + 1);
  const cut = attempt(() => render(shown, false));
  if (cut === undefined) return undefined;
  const start = text.startsWith(prompt)
    ? prompt.length
    : headingEnd(scene, i, prompt, { ...scene, shown: turns }, (...texts) =>
        commonHeading(scene, ...texts),
      );
  const calledInCut = callPlace(render, shown, i, { text: cut, generationPrompt: false });
  if (start === undefined || start > called || typeof calledInCut !== 'number') return undefined;
  const rest = text.slice(called);
  const same = rest.slice(0, commonLength(rest, cut.slice(calledInCut)));
  const specials = specialsIn(tokenizer, same);
  const end = specials.find(({ id }) => tokenizer.endIds.includes(id)) ?? specials.at(-1);
  const written = same.slice(0, end?.end).trimEnd();
  return { start, end: called + written.length, ...(end ? { endOfTurn: end.token } : {}) };
}

/** How many characters two texts begin with alike. */
function commonLength(one: string, other: string): number {
  let same = 0;
  while (same < one.length && one[same] === other[same]) same++;
  return same;
}

/** How much of a heading a text begins with: all, or up to a line's or a special token's end, where it begins with reasoning. */
function commonHeading({ tokenizer }: Scene, heading: string, text: string): number {
  const same = heading.slice(0, commonLength(heading, text));
  if (same === heading) return same.length;
  return Math.max(specialsIn(tokenizer, same).at(-1)?.end ?? 0, same.lastIndexOf('\n') + 1);
}

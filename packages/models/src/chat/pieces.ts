import type { Scene, TurnPlace } from './probes.ts';
import type { Span } from './spans.ts';

/**
 * The spans of a turn that are learned: all of it, or where the turn has pieces, those that are trained.
 *
 * What stands in the turn before its content goes with the first piece, what stands after it (the token that ends the turn)
 * with the last. White space that the template takes off the content's ends is missing from the pieces too.
 *
 * @returns undefined where the template does not show the content as it is, once
 */
export function learnedPieces(
  { turns, text }: Pick<Scene, 'turns' | 'text'>,
  { start, end, turn }: TurnPlace & { readonly turn?: number },
): Span[] | undefined {
  const { pieces, content = '' } = turns[turn ?? -1] ?? {};
  if (!pieces) return [{ start, end }];
  const core = content.trim();
  const shown = text.slice(start, end);
  const at = shown.indexOf(core);
  if (core === '' || at < 0 || shown.includes(core, at + 1)) return undefined;
  const offset = start + at - content.indexOf(core);
  const borders = [
    start,
    ...pieces.slice(1).map((piece) => Math.min(end, Math.max(start, offset + piece.start))),
    end,
  ];
  const spans: { start: number; end: number }[] = [];
  for (const [k, { train }] of pieces.entries()) {
    const span = { start: borders[k]!, end: borders[k + 1]! };
    if (!train || span.start >= span.end) continue;
    const open = spans.at(-1);
    if (open?.end === span.start) open.end = span.end;
    else spans.push(span);
  }
  return spans;
}

import type { Place } from './expression.ts';

/**
 * A text that was made from another one, and where each of its UTF-16 code units comes from: `[start, end)` in code units
 * of the text that was given.
 */
export interface PlacedText {
  readonly text: string;
  readonly places: readonly Place[];
}

/** A character of a changed text: `0` takes the next one's place, `-n` also those of `n` after it, `1` is put in after it. */
export type Change = readonly [character: string, change: number];

/** A text as it was given, whose first code unit is the `from`th. */
export function placedText(text: string, from: number): PlacedText {
  const places: Place[] = [];
  for (const character of text) {
    const start = from + places.length;
    const place: Place = [start, start + character.length];
    for (let i = 0; i < character.length; i++) places.push(place);
  }
  return { text, places };
}

/** What stands between two code units of a text. */
export function slicePlaced({ text, places }: PlacedText, start: number, end: number): PlacedText {
  return { text: text.slice(start, end), places: places.slice(start, end) };
}

/** The place of code units `[start, end)` of a text in the text that was given. */
export function placeOf(places: readonly Place[], start: number, end: number): Place {
  const first = places[start]?.[0] ?? places.at(-1)?.[1] ?? 0;
  return [first, end > start ? places[end - 1]![1] : first];
}

/** Puts a text in front of another: it comes from that one's first character. */
export function prependPlaced({ text, places }: PlacedText, prefix: string): PlacedText {
  const [first = [0, 0] as const] = places;
  return {
    text: prefix + text,
    places: [...Array.from(prefix, (unit) => unit.split('').map(() => first)).flat(), ...places],
  };
}

/** Replaces places of a text: what is put there comes from the last character that was taken away. */
export function replacePlaced(
  { text, places }: PlacedText,
  found: readonly Place[],
  content: string,
): PlacedText {
  let replaced = '';
  const kept: Place[] = [];
  let from = 0;
  for (const [start, end] of found) {
    replaced += text.slice(from, start) + content;
    kept.push(...places.slice(from, start));
    const origin = places[end - 1] ?? [0, 0];
    for (let i = 0; i < content.length; i++) kept.push(origin);
    from = end;
  }
  return { text: replaced + text.slice(from), places: [...kept, ...places.slice(from)] };
}

/** Makes each character none, one or several, all of which come from it. */
export function mapCharacters(
  { text, places }: PlacedText,
  change: (character: string) => string,
): PlacedText {
  let changed = '';
  const kept: Place[] = [];
  let at = 0;
  for (const character of text) {
    const result = change(character);
    for (let i = 0; i < result.length; i++) kept.push(places[at]!);
    changed += result;
    at += character.length;
  }
  return { text: changed, places: kept };
}

/** Makes a text anew, character by character. */
export function changePlaced({ text, places }: PlacedText, changes: Iterable<Change>): PlacedText {
  let changed = '';
  const kept: Place[] = [];
  let at = 0;
  const step = (): void => {
    at += String.fromCodePoint(text.codePointAt(at) ?? 0).length;
  };
  for (const [character, change] of changes) {
    const place = (change > 0 ? places[at - 1] : places[at]) ?? [0, 0];
    for (let taken = change; taken <= 0; taken++) step();
    for (let i = 0; i < character.length; i++) kept.push(place);
    changed += character;
  }
  return { text: changed, places: kept };
}

import { compilePattern } from '../patterns/pattern.ts';
import { asPart, invalidTokenizer, shown, type Part } from './json.ts';

/** Characters `[start, end)`. */
export type Place = readonly [start: number, end: number];

/** Finds every place of a text where an expression of `tokenizer.json` matches, from left to right. */
export type FindPlaces = (text: string) => Place[];

const contractions = "(?i:'s|'t|'re|'ve|'m|'ll|'d)";
const upper = String.raw`\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}`;
const lower = String.raw`\p{Ll}\p{Lm}\p{Lo}\p{M}`;
const spaces = String.raw`\s*[\r\n]+|\s+(?!\S)|\s+`;
const letter = String.raw`[^\r\n\p{L}\p{N}]?`;
const cased = (after: string): string =>
  `${letter}[${upper}]*[${lower}]+${after}|${letter}[${upper}]+[${lower}]*${after}`;

/** GPT-2's expression, which byte-level tokenizers have unless they say otherwise. */
export const gpt2Expression = String.raw`'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`;

/**
 * Expressions of well-known tokenizers. On any text they take time in proportion to its length, so the engine of the
 * platform may run them: GPT-2, GPT-4 and Llama 3, Qwen 2, GPT-4o, Mistral's Tekken.
 */
const known: ReadonlySet<string> = new Set([
  gpt2Expression,
  ...[String.raw`\p{N}{1,3}`, String.raw`\p{N}`].map(
    (numbers) =>
      `${contractions}|${letter}${String.raw`\p{L}+`}|${numbers}${String.raw`| ?[^\s\p{L}\p{N}]+[\r\n]*|`}${spaces}`,
  ),
  ...[`${contractions}?`, ''].flatMap((after) =>
    [String.raw`\p{N}{1,3}`, String.raw`\p{N}`].map(
      (numbers) => `${cased(after)}|${numbers}${String.raw`| ?[^\s\p{L}\p{N}]+[\r\n/]*|`}${spaces}`,
    ),
  ),
]);

/** A known expression for JavaScript: Unicode's white space, and the contractions in either case (ſ is an s). */
function native(source: string): RegExp {
  const translated = source
    .replaceAll(contractions, "(?:'[sSſ]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD])")
    .replaceAll(String.raw`\S`, String.raw`\P{White_Space}`)
    .replaceAll(String.raw`\s`, String.raw`\p{White_Space}`);
  return new RegExp(translated, 'gu');
}

/** Finds every place of a text where a global expression of the platform matches. */
export function placesOf(expression: RegExp): FindPlaces {
  return (text) => {
    const found = text.match(expression);
    if (!found) return [];
    const places: Place[] = [];
    let end = 0;
    for (const { length } of found) places.push([end, (end += length)]);
    // Matches are texts alone, which is several times as fast; where they leave out none of it, their places follow.
    if (end === text.length) return places;
    return Array.from(text.matchAll(expression), ({ index, 0: { length } }) => [
      index,
      index + length,
    ]);
  };
}

/** Finds a text as it is. */
function findText(wanted: string): FindPlaces {
  return (text) => {
    const places: Place[] = [];
    if (wanted === '') return places;
    for (let at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, at + wanted.length))
      places.push([at, at + wanted.length]);
    return places;
  };
}

/** Finds what an expression matches: a known one by the platform's engine, any other with counted steps. */
export function findExpression(source: string): FindPlaces {
  if (known.has(source)) {
    return placesOf(native(source));
  }
  const pattern = compilePattern({ source, dialect: 'oniguruma', owner: '@tunesmith/models' });
  return (text) => pattern.matches(text).map(({ start, end }) => [start, end]);
}

/** The `pattern` of a part: `{ "String": … }` or `{ "Regex": … }`. */
export function readPattern(part: Part): FindPlaces {
  const { path, json } = asPart(part.json['pattern'], `${part.path}.pattern`);
  if (typeof json['String'] === 'string') return findText(json['String']);
  if (typeof json['Regex'] === 'string') return findExpression(json['Regex']);
  throw invalidTokenizer(
    `${path} is ${shown(json)}`,
    json,
    '{ "String": a text } or { "Regex": an expression }',
  );
}

/** Replaces every place that is found. */
export function replacePlaces(text: string, find: FindPlaces, content: string): string {
  let result = '';
  let from = 0;
  for (const [start, end] of find(text)) {
    result += text.slice(from, start) + content;
    from = end;
  }
  return from === 0 && result === '' ? text : result + text.slice(from);
}

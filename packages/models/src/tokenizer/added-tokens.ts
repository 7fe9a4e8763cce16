import { invalidTokenizer, readFlag, readParts, readText, shown, type Part } from './json.ts';
import { checkId, type IdRange } from './vocabulary.ts';

/** A token that is found in a text before the model sees it, as `added_tokens` lists it. */
export interface AddedToken {
  readonly id: number;
  readonly content: string;
  readonly special: boolean;
  /** White space before it belongs to it. */
  readonly lstrip: boolean;
  /** White space after it belongs to it. */
  readonly rstrip: boolean;
  /** It is found only where no letter or digit is next to it. */
  readonly single_word: boolean;
  /** It is looked for in the normalized text. */
  readonly normalized: boolean;
}

/** Reads `added_tokens`; a token may stand twice with the same id. */
export function readAddedTokens(
  file: Part,
  ids: ReadonlyMap<string, number>,
  range: IdRange,
): AddedToken[] {
  const list = file.json['added_tokens'] ?? [];
  const parts = readParts({ path: file.path, json: { added_tokens: list } }, 'added_tokens');
  const tokens = parts.map((part): AddedToken => {
    const content = readText(part, 'content');
    if (content === '') throw invalidTokenizer(`${part.path}.content is ""`, '', 'a text');
    const special = readFlag(part, 'special', false);
    return {
      id: checkId(content, part.json['id'], range, part.path),
      content,
      special,
      lstrip: readFlag(part, 'lstrip', false),
      rstrip: readFlag(part, 'rstrip', false),
      single_word: readFlag(part, 'single_word', false),
      normalized: readFlag(part, 'normalized', !special),
    };
  });
  checkIds(tokens, ids);
  return tokens;
}

/**
 * Checks that each token has the id that `tokenizers` gives it: that of the vocabulary, or the next one after the
 * vocabulary and the tokens listed before.
 */
function checkIds(tokens: readonly AddedToken[], ids: ReadonlyMap<string, number>): void {
  const given = new Map<string, number>();
  const owners = new Map(Array.from(ids, ([token, id]) => [id, token]));
  let next = ids.size;
  for (const { content, id } of tokens) {
    const right = ids.get(content) ?? given.get(content) ?? next;
    const owner = owners.get(id);
    if (id !== right || (owner !== undefined && owner !== content)) {
      const taken = owner === undefined || owner === content ? '' : `, which ${shown(owner)} has`;
      throw invalidTokenizer(
        `added_tokens gives ${shown(content)} the id ${id}${taken}`,
        id,
        `${right}, ${ids.has(content) ? 'its id in the vocabulary' : 'the next id after those before it'}`,
      );
    }
    given.set(content, id);
    owners.set(id, content);
    if (!ids.has(content)) next = Math.max(next, id + 1);
  }
}

/** A stretch of a text: ordinary, or an added token with the white space that belongs to it. */
export interface Section {
  readonly start: number;
  readonly end: number;
  readonly token?: AddedToken;
  /** Where the token itself begins. */
  readonly tokenStart: number;
}

/** Cuts a text at added tokens; `around` is what stands before and after the text. */
export type FindTokens = (
  text: string,
  around?: { readonly before: string; readonly after: string },
) => Section[];

const wordEnd = /[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\u200C\u200D]$/u;
const wordStart = /^[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\u200C\u200D]/u;

const nowhere = { before: '', after: '' };

const isSpace = (text: string, at: number): boolean => /\p{White_Space}/u.test(text[at] ?? '');

/**
 * Finds added tokens as `tokenizers` does: from left to right, the longest where several begin at one place. White space
 * that belongs to a token is looked through for further tokens, such as a line end that is one.
 *
 * @param tokens with the text to look for
 */
export function createTokenFinder(tokens: readonly (readonly [string, AddedToken])[]): FindTokens {
  const byText = new Map(tokens.filter(([text]) => text !== ''));
  const lengths = new Map<string, number[]>();
  for (const text of byText.keys()) {
    const known = lengths.get(text[0]!) ?? [];
    if (!known.includes(text.length)) known.push(text.length);
    lengths.set(
      text[0]!,
      known.sort((one, other) => other - one),
    );
  }
  const tokenAt = (text: string, at: number): [string, AddedToken] | undefined => {
    for (const length of lengths.get(text[at]!) ?? []) {
      const found = text.slice(at, at + length);
      const token = byText.get(found);
      if (token) return [found, token];
    }
    return undefined;
  };
  const beginnings = [...lengths.keys()].map(
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  const beginning = new RegExp(`[${beginnings.join('')}]`, 'g');
  /** The next place where a token may begin; below zero where there is none. */
  const next = (text: string, at: number): number => {
    beginning.lastIndex = at;
    return beginning.test(text) ? beginning.lastIndex - 1 : -1;
  };
  return (text, { before, after } = nowhere) => {
    const isAlone = (start: number, end: number): boolean =>
      !wordEnd.test(start === 0 ? before : text.slice(Math.max(0, start - 2), start)) &&
      !wordStart.test(end === text.length ? after : text.slice(end, end + 2));
    const sections: Section[] = [];
    let from = 0;
    for (let at = next(text, 0); at >= 0 && at < text.length; at = next(text, at)) {
      const match = tokenAt(text, at);
      if (!match) {
        at++;
        continue;
      }
      const [found, token] = match;
      const tokenStart = at;
      at += found.length;
      if (token.single_word && !isAlone(tokenStart, at)) continue;
      let start = tokenStart;
      let end = at;
      if (token.lstrip) while (start > from && isSpace(text, start - 1)) start--;
      if (token.rstrip) while (end < text.length && isSpace(text, end)) end++;
      // White space before it that is taken already leaves nothing of it.
      if (token.lstrip && end <= from) continue;
      if (token.lstrip) start = Math.max(start, from);
      if (start > from) sections.push({ start: from, end: start, tokenStart: from });
      sections.push({ start, end, token, tokenStart });
      from = end;
    }
    if (from < text.length) sections.push({ start: from, end: text.length, tokenStart: from });
    return sections;
  };
}

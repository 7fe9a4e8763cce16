import { writeBytes } from './bytes.ts';
import {
  findExpression,
  gpt2Expression,
  placesOf,
  readPattern,
  type FindPlaces,
  type Place,
} from './expression.ts';
import {
  invalidTokenizer,
  makeByType,
  readChoice,
  readCount,
  readFlag,
  readParts,
  readText,
  type Makers,
  type Part,
} from './json.ts';
import { mapCharacters, prependPlaced, replacePlaced } from './placed-text.ts';
import { stretchesOfScripts } from './unicode-scripts.ts';
import { punctuationMark } from './unicode-tables.ts';

/** A piece of normalized text, and what a tokenizer that sees the whole text would know of its beginning. */
export interface Word {
  readonly text: string;
  /** It begins the whole text. */
  readonly first: boolean;
  /** Ordinary text that is not part of it comes directly before: it gets no prefix. */
  readonly continues: boolean;
  /** Where each of its code units comes from, where somebody asks. */
  readonly places?: readonly Place[] | undefined;
}

/** Cuts text into the words that a model encodes each for itself. */
export type PreTokenize = (words: readonly Word[]) => Word[];

const behaviors = [
  'Removed',
  'Isolated',
  'MergedWithPrevious',
  'MergedWithNext',
  'Contiguous',
] as const;
type Behavior = (typeof behaviors)[number];

type Stretch = [start: number, end: number, matched: boolean];

/** Every stretch of a text, those that match and those between them. */
function stretches(text: string, places: readonly Place[], invert: boolean): Stretch[] {
  const all: Stretch[] = [];
  let from = 0;
  for (const [start, end] of places) {
    if (start > from) all.push([from, start, invert]);
    all.push([start, end, !invert]);
    from = end;
  }
  if (from < text.length) all.push([from, text.length, invert]);
  return all;
}

/** Joins matches to what is before or after them, or like to like. */
function join(all: readonly Stretch[], behavior: Behavior): Stretch[] {
  if (behavior === 'Isolated') return [...all];
  if (behavior === 'Removed') return all.filter(([, , matched]) => !matched);
  const backwards = behavior === 'MergedWithNext';
  const joined: Stretch[] = [];
  let matchedBefore = false;
  for (const stretch of backwards ? all.toReversed() : all) {
    const [start, end, matched] = stretch;
    const last = joined.at(-1);
    const joins = behavior === 'Contiguous' ? matched === matchedBefore : matched && !matchedBefore;
    if (joins && last) {
      if (backwards) last[0] = start;
      else last[1] = end;
    } else joined.push([start, end, matched]);
    matchedBefore = matched;
  }
  return backwards ? joined.toReversed() : joined;
}

/** Cuts words where something is found. Only a piece at a word's beginning keeps what is known of that. */
function splitBy(find: FindPlaces, behavior: Behavior, invert = false): PreTokenize {
  return (words) => {
    const pieces: Word[] = [];
    for (const word of words) {
      const { text, first, continues, places: origins } = word;
      const places = find(text);
      if (places.length === 0 && behavior !== 'Removed') {
        if (text !== '') pieces.push(word);
        continue;
      }
      for (const [start, end] of join(stretches(text, places, invert), behavior)) {
        if (start === end) continue;
        pieces.push({
          text: text.slice(start, end),
          first: first && start === 0,
          continues: continues && start === 0,
          places: origins?.slice(start, end),
        });
      }
    }
    return pieces;
  };
}

/** A word with a text in front. */
function prefixWord(word: Word, prefix: string): Word {
  const { text, places } = word;
  return {
    ...word,
    ...(places ? prependPlaced({ text, places }, prefix) : { text: prefix + text }),
  };
}

const whiteSpace = placesOf(/\p{White_Space}/gu);
const punctuation = placesOf(punctuationMark);

function byteLevel(part: Part): PreTokenize {
  const spaced = readFlag(part, 'add_prefix_space', true);
  const split = readFlag(part, 'use_regex', true)
    ? splitBy(findExpression(gpt2Expression), 'Isolated')
    : undefined;
  const prefixed = (word: Word): Word =>
    spaced && !word.continues && !word.text.startsWith(' ') ? prefixWord(word, ' ') : word;
  return (words) => {
    const ready = spaced ? words.map(prefixed) : words;
    return (split?.(ready) ?? ready).map(({ text, first, continues, places }) => ({
      text: writeBytes(text),
      first,
      continues,
      places: places && mapCharacters({ text, places }, writeBytes).places,
    }));
  };
}

const schemes = ['first', 'never', 'always'] as const;

/** The scheme of a `Metaspace` part; older files have `add_prefix_space` instead. */
export function prefixScheme(part: Part): (typeof schemes)[number] {
  const spaced = readFlag(part, 'add_prefix_space', true);
  return readChoice(part, 'prepend_scheme', schemes, spaced ? 'always' : 'never');
}

function metaspace(part: Part): PreTokenize {
  const replacement = readText(part, 'replacement', '▁');
  const scheme = prefixScheme(part);
  const spaces = placesOf(new RegExp(literal(replacement), 'gu'));
  const split = readFlag(part, 'split', true) ? splitBy(spaces, 'MergedWithNext') : undefined;
  const blanks = placesOf(/ /g);
  const prefixed = (given: Word): Word => {
    const { text, places } = given;
    const replaced = places
      ? replacePlaced({ text, places }, blanks(text), replacement)
      : { text: text.replaceAll(' ', replacement) };
    const word = { ...given, ...replaced };
    const wanted = !word.continues && (scheme === 'always' || (scheme === 'first' && word.first));
    return wanted && !word.text.startsWith(replacement) ? prefixWord(word, replacement) : word;
  };
  return (words) => {
    const ready = words.map(prefixed);
    return split?.(ready) ?? ready;
  };
}

function fixedLength(part: Part): PreTokenize {
  const length = readCount(part, 'length', 5);
  if (length === 0) throw invalidTokenizer(`${part.path}.length is 0`, 0, 'at least 1');
  return splitBy(placesOf(new RegExp(`[^]{1,${length}}`, 'gu')), 'Isolated');
}

const makers: Makers<PreTokenize> = {
  BertPreTokenizer: () => {
    const words = splitBy(whiteSpace, 'Removed');
    const marks = splitBy(punctuation, 'Isolated');
    return (text) => marks(words(text));
  },
  ByteLevel: byteLevel,
  CharDelimiterSplit: (part) =>
    splitBy(placesOf(new RegExp(literal(readText(part, 'delimiter')), 'gu')), 'Removed'),
  Digits: (part) =>
    splitBy(
      placesOf(/\p{N}/gu),
      readFlag(part, 'individual_digits', false) ? 'Isolated' : 'Contiguous',
    ),
  FixedLength: fixedLength,
  Metaspace: metaspace,
  Punctuation: (part) => splitBy(punctuation, readChoice(part, 'behavior', behaviors, 'Isolated')),
  Sequence: (part) => {
    const all = readParts(part, 'pretokenizers').map(createPreTokenizer);
    return (text) => all.reduce<Word[]>((words, cut) => cut(words), [...text]);
  },
  Split: (part) =>
    splitBy(
      readPattern(part),
      readChoice(part, 'behavior', behaviors),
      readFlag(part, 'invert', false),
    ),
  UnicodeScripts: () => splitBy(stretchesOfScripts, 'Removed', true),
  Whitespace: () =>
    splitBy(
      placesOf(
        /[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\u200C\u200D]+|[^\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\u200C\u200D\p{White_Space}]+/gu,
      ),
      'Removed',
      true,
    ),
  WhitespaceSplit: () => splitBy(whiteSpace, 'Removed'),
};

/** Makes the pre-tokenizer of `tokenizer.json`. */
export function createPreTokenizer(part: Part): PreTokenize {
  return makeByType(part, makers);
}

function literal(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`);
}

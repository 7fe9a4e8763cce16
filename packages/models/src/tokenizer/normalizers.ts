import { writeBytes } from './bytes.ts';
import { readPattern, replacePlaces } from './expression.ts';
import {
  makeByType,
  readFlag,
  readOptionalText,
  readParts,
  readText,
  type Makers,
  type Part,
} from './json.ts';
import { createCharacterMap } from './character-map.ts';
import {
  cleanBertText,
  normalizeUnicode,
  stripAccents,
  stripBertAccents,
} from './unicode-tables.ts';

/** Where a piece of text stands in the section that a tokenizer would see whole. */
export interface PiecePlace {
  /** Nothing of the whole text comes before. */
  readonly first: boolean;
  /** The last of the ordinary text directly before: then what a tokenizer puts in front of a text does not belong here. */
  readonly before: string;
  /** The first of the ordinary text directly after. */
  readonly after: string;
}

/** Changes a text before it is cut into words. */
export type Normalize = (text: string, place: PiecePlace) => string;

/** Lower case character by character: a capital sigma at a word's end becomes σ, as in Rust. */
export function lowerCase(text: string): string {
  return text.replaceAll('Σ', 'σ').toLowerCase();
}

/** A text without white space at its beginning. */
export const trimStart = (text: string): string => text.replace(/^\p{White_Space}+/u, '');

/** A text without white space at its end. */
export function trimEnd(text: string): string {
  let end = text.length;
  while (end > 0 && /\p{White_Space}/u.test(text[end - 1]!)) end--;
  return text.slice(0, end);
}

const chinese =
  /[\u4E00-\u9FFF\u3400-\u4DBF\u{20000}-\u{2A6DF}\u{2A700}-\u{2B73F}\u{2B740}-\u{2B81F}\u{2B920}-\u{2CEAF}\uF900-\uFAFF\u{2F800}-\u{2FA1F}]/gu;

/** Blanks around Chinese characters. */
export const spaceChinese = (text: string): string => text.replaceAll(chinese, ' $& ');

/** What a `BertNormalizer` does. */
export interface BertOptions {
  readonly clean: boolean;
  readonly spaced: boolean;
  readonly lower: boolean;
  readonly bare: boolean;
}

/** Reads the options of a `BertNormalizer`; accents go where letters become small, unless it says otherwise. */
export function readBertOptions(part: Part): BertOptions {
  const lower = readFlag(part, 'lowercase', true);
  return {
    clean: readFlag(part, 'clean_text', true),
    spaced: readFlag(part, 'handle_chinese_chars', true),
    lower,
    bare: readFlag(part, 'strip_accents', lower),
  };
}

function bert(part: Part): Normalize {
  const { clean, spaced, lower, bare } = readBertOptions(part);
  return (given) => {
    let text = given;
    if (clean) text = cleanBertText(text);
    if (spaced) text = spaceChinese(text);
    if (bare) text = stripBertAccents(normalizeUnicode(text, 'NFD'));
    return lower ? lowerCase(text) : text;
  };
}

/** Control characters that `nmt` takes out: those of ASCII but tab and line ends, and three of Latin-1. */
function isDropped(code: number): boolean {
  const kept = code === 0 || code === 9 || code === 10 || code === 12 || code === 13;
  return (code < 32 && !kept) || code === 0x7f || code === 0x8f || code === 0x9f;
}

/** SentencePiece's `nmt` rules: control characters go, odd spaces become spaces. */
export const nmt = (text: string): string =>
  Array.from(text)
    .filter((character) => !isDropped(character.codePointAt(0)!))
    .join('')
    .replaceAll(/[\t\n\f\r\u1680\u200B-\u200F\u2028\u2029\u2581\uFEFF\uFFFD]/g, ' ');

const form =
  (name: 'NFC' | 'NFD' | 'NFKC' | 'NFKD'): (() => Normalize) =>
  () =>
  (text) =>
    normalizeUnicode(text, name);

const makers: Makers<Normalize> = {
  BertNormalizer: bert,
  ByteLevel: () => writeBytes,
  Lowercase: () => lowerCase,
  NFC: form('NFC'),
  NFD: form('NFD'),
  NFKC: form('NFKC'),
  NFKD: form('NFKD'),
  Nmt: () => nmt,
  Precompiled: (part) =>
    createCharacterMap(readOptionalText(part, 'precompiled_charsmap') ?? '', part.path),
  Prepend: (part) => {
    const prefix = readText(part, 'prepend');
    return (text, { before }) => (text === '' || before !== '' ? text : prefix + text);
  },
  Replace: (part) => {
    const find = readPattern(part);
    const content = readText(part, 'content');
    return (text) => replacePlaces(text, find, content);
  },
  Sequence: (part) => {
    const all = readParts(part, 'normalizers').map(createNormalizer);
    return (text, place) => all.reduce((now, normalize) => normalize(now, place), text);
  },
  Strip: (part) => {
    const left = readFlag(part, 'strip_left', true);
    const right = readFlag(part, 'strip_right', true);
    return (text, { before, after }) => {
      const cut = left && before === '' ? trimStart(text) : text;
      return right && after === '' ? trimEnd(cut) : cut;
    };
  },
  StripAccents: () => stripAccents,
};

/** Makes the normalizer of `tokenizer.json`. */
export function createNormalizer(part: Part): Normalize {
  return makeByType(part, makers);
}

import { writeBytes } from './bytes.ts';
import { clustersOf, createCharacterPairs } from './character-map.ts';
import { readPattern } from './expression.ts';
import {
  makeByType,
  readFlag,
  readOptionalText,
  readParts,
  readText,
  type Makers,
  type Part,
} from './json.ts';
import { normalFormChanges } from './normal-form-changes.ts';
import {
  lowerCase,
  nmt,
  readBertOptions,
  spaceChinese,
  trimEnd,
  trimStart,
} from './normalizers.ts';
import {
  changePlaced,
  mapCharacters,
  prependPlaced,
  replacePlaced,
  slicePlaced,
  type Change,
  type PlacedText,
} from './placed-text.ts';
import { cleanBertText, stripAccents, stripBertAccents } from './unicode-tables.ts';

/** What a normalizer does, with the place of every code unit kept. */
export type NormalizePlaced = (given: PlacedText) => PlacedText;

const each =
  (change: (character: string) => string): NormalizePlaced =>
  (given) =>
    mapCharacters(given, change);

const form =
  (name: 'NFC' | 'NFD' | 'NFKC' | 'NFKD'): NormalizePlaced =>
  (given) =>
    changePlaced(given, normalFormChanges(given.text, name));

const sequence =
  (all: readonly NormalizePlaced[]): NormalizePlaced =>
  (given) =>
    all.reduce((now, normalize) => normalize(now), given);

function bert(part: Part): NormalizePlaced {
  const { clean, spaced, lower, bare } = readBertOptions(part);
  return sequence([
    ...(clean ? [each(cleanBertText)] : []),
    ...(spaced ? [each(spaceChinese)] : []),
    ...(bare ? [form('NFD'), each(stripBertAccents)] : []),
    ...(lower ? [each(lowerCase)] : []),
  ]);
}

/** What a table replaces: characters too many are put in, those too few are taken away behind the one before. */
function precompiled(part: Part): NormalizePlaced {
  const pairs = createCharacterPairs(
    readOptionalText(part, 'precompiled_charsmap') ?? '',
    part.path,
  );
  return (given) => {
    const changes: Change[] = [];
    for (const [replaced, replacement] of clustersOf(given.text).flatMap(pairs)) {
      const before = Array.from(replaced).length;
      const after = Array.from(replacement);
      after.forEach((character, i) => changes.push([character, i < before ? 0 : 1]));
      const last = changes.at(-1);
      if (after.length < before && last)
        changes[changes.length - 1] = [last[0], last[1] + after.length - before];
    }
    return changePlaced(given, changes);
  };
}

const makers: Makers<NormalizePlaced> = {
  BertNormalizer: bert,
  ByteLevel: () => each(writeBytes),
  Lowercase: () => each(lowerCase),
  NFC: () => form('NFC'),
  NFD: () => form('NFD'),
  NFKC: () => form('NFKC'),
  NFKD: () => form('NFKD'),
  Nmt: () => each(nmt),
  Precompiled: precompiled,
  Prepend: (part) => {
    const prefix = readText(part, 'prepend');
    return (given) => (given.text === '' ? given : prependPlaced(given, prefix));
  },
  Replace: (part) => {
    const find = readPattern(part);
    const content = readText(part, 'content');
    return (given) => replacePlaced(given, find(given.text), content);
  },
  Sequence: (part) => sequence(readParts(part, 'normalizers').map(createPlacedNormalizer)),
  Strip: (part) => {
    const left = readFlag(part, 'strip_left', true);
    const right = readFlag(part, 'strip_right', true);
    return (given) => {
      const { length } = given.text;
      const start = left ? length - trimStart(given.text).length : 0;
      const end = right ? Math.max(start, trimEnd(given.text).length) : length;
      return slicePlaced(given, start, end);
    };
  },
  StripAccents: () => each(stripAccents),
};

/** Makes the normalizer of `tokenizer.json` that keeps the places of a whole text's characters. */
export function createPlacedNormalizer(part: Part): NormalizePlaced {
  return makeByType(part, makers);
}

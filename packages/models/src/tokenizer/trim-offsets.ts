import type { Place } from './expression.ts';
import { makeByType, readFlag, readParts, type Makers, type Part } from './json.ts';

/** Takes white space off the place of the `index`th token of a text. */
export type TrimOffset = (token: string, place: Place, index: number, text: string) => Place;

const leading = /^[Ġ\p{White_Space}]+/u;

/** How many characters at the end of a token stand for white space. */
function trailing(token: string): number {
  let end = token.length;
  while (end > 0 && leading.test(token[end - 1]!)) end--;
  return token.length - end;
}

/** The place so many characters after another, or before it: one of two code units counts once. */
function moved(text: string, place: number, characters: number): number {
  let at = place;
  for (let i = 0; i < characters; i++) at += text.codePointAt(at)! > 0xffff ? 2 : 1;
  for (let i = 0; i > characters; i--) at -= text.codePointAt(at - 2)! > 0xffff ? 2 : 1;
  return at;
}

/** As `ByteLevel` and `RobertaProcessing` do: one blank at the beginning is left where it may have been put there. */
function trimming(part: Part): TrimOffset[] {
  if (!readFlag(part, 'trim_offsets', true)) return [];
  const prefixed = readFlag(part, 'add_prefix_space', true);
  return [
    (token, [start, end], index, text) => {
      const before = leading.exec(token)?.[0].length ?? 0;
      const mayBePrefix = prefixed && before === 1 && (index === 0 || start === 0);
      const from = Math.min(moved(text, start, mayBePrefix ? 0 : before), end);
      const after = trailing(token);
      return [from, end >= after ? Math.max(moved(text, end, -after), from) : end];
    },
  ];
}

const makers: Makers<TrimOffset[]> = {
  BertProcessing: () => [],
  ByteLevel: trimming,
  RobertaProcessing: trimming,
  Sequence: (part) => readParts(part, 'processors').flatMap((inner) => makeByType(inner, makers)),
  TemplateProcessing: () => [],
};

/** Reads what the `post_processor` of `tokenizer.json` does to the places of tokens. */
export function readTrimming(part: Part): readonly TrimOffset[] {
  return makeByType(part, makers);
}

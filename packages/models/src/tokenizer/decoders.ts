import { readBytes, textOfBytes, textOfValidBytes } from './bytes.ts';
import { readPattern, replacePlaces } from './expression.ts';
import {
  makeByType,
  readCount,
  readFlag,
  readParts,
  readText,
  type Makers,
  type Part,
} from './json.ts';
import { prefixScheme } from './pre-tokenizers.ts';

/** Turns tokens into pieces of text; the pieces joined are the text. */
export type Decode = (tokens: readonly string[]) => string[];

/** Takes away the spaces that WordPiece decoders leave before punctuation and English contractions. */
function cleanUp(text: string): string {
  const rules = [
    [' .', '.'],
    [' ?', '?'],
    [' !', '!'],
    [' ,', ','],
    [" ' ", "'"],
    [" n't", "n't"],
    [" 'm", "'m"],
    [' do not', " don't"],
    [" 's", "'s"],
    [" 've", "'ve"],
    [" 're", "'re"],
  ] as const;
  return rules.reduce((now, [from, to]) => now.replaceAll(from, to), text);
}

function byteFallback(): Decode {
  return (tokens) => {
    const pieces: string[] = [];
    let bytes: number[] = [];
    const flush = (): void => {
      if (bytes.length > 0) pieces.push(textOfValidBytes(bytes) ?? '\uFFFD'.repeat(bytes.length));
      bytes = [];
    };
    for (const token of tokens) {
      const byte = /^<0x([0-9A-Fa-f]{2})>$/.exec(token)?.[1];
      if (byte !== undefined) bytes.push(Number.parseInt(byte, 16));
      else {
        flush();
        pieces.push(token);
      }
    }
    flush();
    return pieces;
  };
}

function strip(part: Part): Decode {
  const content = readText(part, 'content');
  const [start, stop] = [readCount(part, 'start', 0), readCount(part, 'stop', 0)];
  return (tokens) =>
    tokens.map((token) => {
      const characters = Array.from(token);
      let from = 0;
      while (from < start && characters[from] === content) from++;
      let to = characters.length;
      while (characters.length - to < stop && to > 0 && characters[to - 1] === content) to--;
      return characters.slice(from, Math.max(from, to)).join('');
    });
}

const makers: Makers<Decode> = {
  BPEDecoder: (part) => {
    const suffix = readText(part, 'suffix', '</w>');
    return (tokens) =>
      tokens.map((token, i) =>
        suffix === '' ? token : token.replaceAll(suffix, i === tokens.length - 1 ? '' : ' '),
      );
  },
  ByteFallback: byteFallback,
  ByteLevel: () => (tokens) => [textOfBytes(tokens.flatMap(readBytes))],
  CTC: (part) => {
    const pad = readText(part, 'pad_token', '<pad>');
    const delimiter = readText(part, 'word_delimiter_token', '|');
    const clean = readFlag(part, 'cleanup', true);
    return (tokens) =>
      tokens
        .filter((token, i) => token !== tokens[i - 1])
        .map((token) => token.replaceAll(pad, ''))
        .map((token) => (clean ? cleanUp(token).replaceAll(delimiter, ' ') : token))
        .filter((token) => token !== '');
  },
  Fuse: () => (tokens) => [tokens.join('')],
  Metaspace: (part) => {
    const replacement = readText(part, 'replacement', '▁');
    const prefixed = prefixScheme(part) !== 'never';
    return (tokens) =>
      tokens.map((token, i) => token.replaceAll(replacement, i === 0 && prefixed ? '' : ' '));
  },
  Replace: (part) => {
    const find = readPattern(part);
    const content = readText(part, 'content');
    return (tokens) => tokens.map((token) => replacePlaces(token, find, content));
  },
  Sequence: (part) => {
    const all = readParts(part, 'decoders').map(createDecoder);
    return (tokens) => all.reduce<string[]>((now, decode) => decode(now), [...tokens]);
  },
  Strip: strip,
  WordPiece: (part) => {
    const prefix = readText(part, 'prefix', '##');
    const clean = readFlag(part, 'cleanup', true);
    const spaced = (token: string): string =>
      token.startsWith(prefix) ? token.slice(prefix.length) : ` ${token}`;
    return (tokens) =>
      tokens
        .map((token, i) => (i === 0 ? token : spaced(token)))
        .map((token) => (clean ? cleanUp(token) : token));
  },
};

/** Makes the decoder of `tokenizer.json`. */
export function createDecoder(part: Part): Decode {
  return makeByType(part, makers);
}

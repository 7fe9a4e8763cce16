import { invalidTokenizer } from './json.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** Longest cluster of characters, in bytes, that is looked up whole. */
const longestCluster = 6;

/**
 * SentencePiece's table of characters to replace, `precompiled_charsmap`: base64 of the number of bytes of a double-array
 * trie, the trie (darts-clone, 32-bit units), and the texts that its values point to, each ended by a zero.
 *
 * A cluster of characters shorter than six bytes is replaced whole where the table has it, else character by character:
 * gives what is replaced by what, in the order of the text.
 *
 * @throws `invalid-tokenizer` where the table is cut off
 */
export function createCharacterPairs(
  base64: string,
  path: string,
): (cluster: string) => (readonly [replaced: string, replacement: string])[] {
  if (base64 === '') return (cluster) => [[cluster, cluster]];
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  const view = new DataView(bytes.buffer);
  const trieBytes = bytes.length < 4 ? Number.NaN : view.getUint32(0, true);
  if (!(trieBytes % 4 === 0 && 4 + trieBytes <= bytes.length)) {
    throw invalidTokenizer(
      `${path}.precompiled_charsmap is ${bytes.length} bytes long and speaks of a trie of ${trieBytes}`,
      trieBytes,
      'a table as SentencePiece writes it',
    );
  }
  const units = Uint32Array.from({ length: trieBytes / 4 }, (_, i) =>
    view.getUint32(4 + 4 * i, true),
  );
  const texts = bytes.subarray(4 + trieBytes);

  const offset = (unit: number): number => (unit >>> 10) << ((unit & 0x200) >>> 6);
  /** The replacement of the shortest beginning of `key` that the table has. */
  const replacement = (key: Uint8Array): string | undefined => {
    let node = offset(units[0] ?? 0);
    for (const byte of key) {
      node ^= byte;
      const unit = units[node];
      if (unit === undefined || (unit & 0x800000ff) >>> 0 !== byte) return undefined;
      node ^= offset(unit);
      if (((unit >>> 8) & 1) === 1) {
        const start = (units[node] ?? 0) & 0x7fffffff;
        const end = texts.indexOf(0, start);
        return decoder.decode(texts.subarray(start, end < 0 ? texts.length : end));
      }
    }
    return undefined;
  };

  return (cluster) => {
    const whole = encoder.encode(cluster);
    const short = whole.length < longestCluster ? replacement(whole) : undefined;
    if (short !== undefined) return [[cluster, short]];
    return Array.from(cluster, (one) => [one, replacement(encoder.encode(one)) ?? one]);
  };
}

const clusters = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** What is looked up whole in a table of characters to replace, such as a letter with its accents. */
export function clustersOf(text: string): string[] {
  return Array.from(clusters.segment(text), ({ segment }) => segment);
}

/**
 * Replaces characters of a text by SentencePiece's table, see `createCharacterPairs`.
 *
 * @throws `invalid-tokenizer` where the table is cut off
 */
export function createCharacterMap(base64: string, path: string): (text: string) => string {
  if (base64 === '') return (text) => text;
  const pairs = createCharacterPairs(base64, path);
  const remembered = new Map<string, string>();
  const replace = (cluster: string): string => {
    let result = remembered.get(cluster);
    if (result === undefined) {
      result = pairs(cluster)
        .map(([, replacement]) => replacement)
        .join('');
      remembered.set(cluster, result);
    }
    return result;
  };
  return (text) => clustersOf(text).map(replace).join('');
}

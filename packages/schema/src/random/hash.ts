/**
 * A 32-bit hash of a text, the same on every machine and in every version: FNV-1a over UTF-16 code
 * units (low byte first), finished with MurmurHash3's mixer so that near-equal texts fall far apart.
 *
 * @param text any text
 * @param salt a second text, so that one key can be hashed for several purposes
 * @returns an unsigned integer in [0, 2³²)
 */
export function stableHash(text: string, salt = ''): number {
  let hash = 0x811c9dc5;
  for (const part of [salt, text]) {
    for (let index = 0; index < part.length; index += 1) {
      const unit = part.charCodeAt(index);
      hash = Math.imul(hash ^ (unit & 0xff), 0x01000193);
      hash = Math.imul(hash ^ (unit >>> 8), 0x01000193);
    }
    // Ends each part, so that ('ab', 'c') and ('a', 'bc') differ.
    hash = Math.imul(hash ^ 0x1ff, 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/**
 * The hash of a text as a number in [0, 1).
 *
 * @param text any text
 * @param salt see {@link stableHash}
 */
export function stableFraction(text: string, salt = ''): number {
  return stableHash(text, salt) / 0x1_0000_0000;
}

/**
 * 32-bit FNV-1a hash of a text's UTF-16 units, without {@link stableHash}'s finish: near-equal texts may fall near each other.
 * The streams of generators and of dropout hang on its numbers.
 *
 * @param start where to go on, from the hash of an earlier text
 * @returns an unsigned integer in [0, 2³²)
 */
export function hashText(text: string, start = 0x811c9dc5): number {
  let hash = start;
  for (let i = 0; i < text.length; i += 1) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

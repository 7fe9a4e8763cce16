/** What a shingle is made of. */
export type ShingleUnit = 'word' | 'character';

/**
 * The hashes of a text's shingles, each run of `size` words (between spaces) or UTF-16 units, sorted, each once. A shorter text is
 * one shingle. An empty text has none.
 *
 * @param text normalized, so that words stand between single spaces
 */
export function shinglesOf(text: string, unit: ShingleUnit, size: number): Int32Array {
  if (text === '') return new Int32Array(0);
  const units = unit === 'word' ? wordHashes(text) : unitsOf(text);
  const count = Math.max(1, units.length - size + 1);
  const hashes = new Int32Array(count);
  const width = Math.min(size, units.length);
  for (let start = 0; start < count; start++) {
    let hash = width;
    for (let at = start; at < start + width; at++)
      hash = Math.imul(hash ^ units[at]!, 0x01000193) ^ (hash >>> 15);
    hashes[start] = mixed(hash);
  }
  return distinct(hashes.sort());
}

/** The share of shingles of either text that both have, of sorted lists without repeats; 0 where both are empty. */
export function jaccard(a: Int32Array, b: Int32Array): number {
  let [i, j, both] = [0, 0, 0];
  while (i < a.length && j < b.length) {
    const [left, right] = [a[i]!, b[j]!];
    if (left === right) both += 1;
    if (left <= right) i += 1;
    if (right <= left) j += 1;
  }
  const either = a.length + b.length - both;
  return either === 0 ? 0 : both / either;
}

function unitsOf(text: string): Int32Array {
  return Int32Array.from({ length: text.length }, (_, index) => text.charCodeAt(index));
}

/** FNV-1a over the units of each word, stirred. */
function wordHashes(text: string): Int32Array {
  const hashes = new Int32Array((text.length >> 1) + 1);
  let count = 0;
  let hash = 0x811c9dc5;
  for (let at = 0; at <= text.length; at++) {
    const unit = at === text.length ? space : text.charCodeAt(at);
    if (unit !== space) {
      hash = Math.imul(hash ^ unit, 0x01000193);
      continue;
    }
    hashes[count++] = mixed(hash);
    hash = 0x811c9dc5;
  }
  return hashes.subarray(0, count);
}

const space = 32;

/** MurmurHash3's final stirring of 32 bits: one to one, each bit depends on all. */
export function mixed(value: number): number {
  let bits = value;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return bits ^ (bits >>> 16);
}

function distinct(sorted: Int32Array): Int32Array {
  let count = 0;
  for (let at = 0; at < sorted.length; at++)
    if (at === 0 || sorted[at] !== sorted[at - 1]) sorted[count++] = sorted[at]!;
  return sorted.subarray(0, count);
}

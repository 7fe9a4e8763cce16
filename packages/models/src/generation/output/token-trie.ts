/**
 * The tokens of a vocabulary as a tree of their bytes, its nodes in the order of a walk from the root: a node's children come right
 * after it, each with all that is below.
 */
export interface TokenTrie {
  /** The last byte of each node. */
  readonly bytes: Uint8Array;
  /** Bytes from the root to each node, from 1. */
  readonly depths: Uint16Array;
  /** The node after all that is below each node. */
  readonly after: Int32Array;
  /** The tokens of node n are `ids` from `firstId[n]` to `firstId[n + 1]`. */
  readonly firstId: Int32Array;
  readonly ids: Int32Array;
  /** The longest token, in bytes. */
  readonly longest: number;
}

function compare(one: Uint8Array, other: Uint8Array): number {
  const length = Math.min(one.length, other.length);
  for (let i = 0; i < length; i++) if (one[i] !== other[i]) return one[i]! - other[i]!;
  return one.length - other.length;
}

/**
 * The tree of some tokens.
 *
 * @param tokens the bytes of each token, by id; empty ones are left out
 */
export function createTokenTrie(tokens: readonly Uint8Array[]): TokenTrie {
  const sorted = [...tokens.keys()]
    .filter((id) => tokens[id]!.length > 0)
    .toSorted((one, other) => compare(tokens[one]!, tokens[other]!));
  const bytes: number[] = [];
  const depths: number[] = [];
  const firstId: number[] = [];
  const ids: number[] = [];
  let before = new Uint8Array();
  for (const id of sorted) {
    const own = tokens[id]!;
    let shared = 0;
    while (shared < before.length && shared < own.length && before[shared] === own[shared])
      shared++;
    for (let depth = shared; depth < own.length; depth++) {
      bytes.push(own[depth]!);
      depths.push(depth + 1);
      firstId.push(ids.length);
    }
    ids.push(id);
    before = Uint8Array.from(own);
  }
  firstId.push(ids.length);
  const after = new Int32Array(bytes.length);
  const open: number[] = [];
  for (let node = 0; node <= bytes.length; node++) {
    const depth = depths[node] ?? 0;
    while (open.length > 0 && depths[open.at(-1)!]! >= depth) after[open.pop()!] = node;
    open.push(node);
  }
  return {
    bytes: Uint8Array.from(bytes),
    depths: Uint16Array.from(depths),
    after,
    firstId: Int32Array.from(firstId),
    ids: Int32Array.from(ids),
    longest: depths.reduce((most, depth) => Math.max(most, depth), 0),
  };
}

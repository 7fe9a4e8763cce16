import type { TokenSequence } from './rows.ts';

/**
 * Virtual tokens of prompt methods: `input` of them take slots at the start of every document; `keys` (prefixes of the
 * attention) take none, but every document's positions start at that number.
 */
export interface VirtualTokenCounts {
  readonly input: number;
  readonly keys: number;
}

/** A run without prompt methods. */
export const noVirtualTokens: VirtualTokenCounts = { input: 0, keys: 0 };

/**
 * Lays documents one after the other into a row. Each is a document of its own: its number differs from its neighbors' and
 * its positions start again.
 *
 * @param documents token ids of each, without the slots of virtual tokens
 * @param tokens the row's length; what is left is padding
 * @returns the row, and where the first ordinary token of each document stands in it
 */
export function layDocuments(
  documents: readonly Int32Array[],
  tokens: number,
  virtual = noVirtualTokens,
): { sequence: TokenSequence; starts: readonly number[] } {
  const slots = virtual.input;
  const sequence = {
    ids: new Int32Array(tokens),
    positions: new Int32Array(tokens),
    segmentIds: new Int32Array(tokens),
    ...(slots > 0 ? { virtualTokenIds: new Int32Array(tokens).fill(-1) } : {}),
  };
  const starts: number[] = [];
  let start = 0;
  for (const [number, ids] of documents.entries()) {
    const end = start + slots + ids.length;
    sequence.ids.set(ids, start + slots);
    sequence.segmentIds.fill(number + 1, start, end);
    for (let i = start; i < end; i++) sequence.positions[i] = virtual.keys + i - start;
    for (let k = 0; k < slots; k++) sequence.virtualTokenIds![start + k] = k;
    starts.push(start + slots);
    start = end;
  }
  return { sequence, starts };
}

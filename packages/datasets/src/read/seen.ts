import { stableHash } from '@tunesmith/schema';
import { createBandTable } from '../filters/near-duplicates/band-table.ts';

/** Texts that were there before, as 64-bit hashes: 24 to 48 bytes each. */
export interface Seen {
  /** Whether a text comes for the first time; from now on it was there. */
  isNew(text: string): boolean;
}

/** No text yet. */
export function createSeen(): Seen {
  const hashes = createBandTable(1);
  return {
    isNew: (text) =>
      hashes.firstOf(0, stableHash(text, 'high') | 0, stableHash(text, 'low') | 0, 0) === -1,
  };
}

import { stableHash } from '@tunesmith/schema';
import { createKeySet } from './key-set.ts';

/** Texts that were there before, as 64-bit hashes: 11 to 16 bytes each. */
export interface Seen {
  /** Whether a text comes for the first time; from now on it was there. */
  isNew(text: string): boolean;
}

/** No text yet. */
export function createSeen(): Seen {
  const hashes = createKeySet(2);
  return {
    isNew: (text) => hashes.add([stableHash(text, 'high') | 0, stableHash(text, 'low') | 0]),
  };
}

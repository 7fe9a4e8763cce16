import { isMasked } from './sight.ts';
import type { Part, Sight } from './sight.ts';

/** A range of queries and the keys that it needs. */
export interface QueryBlock extends Part {
  /** Whether keys at either end that segments or positions hide from the whole block are left out while running. */
  readonly isOpen: boolean;
}

// Measured at 512 tokens, head width 64, two cores: blocks of 256 compute more of the triangle; between 64 and 128 the
// difference of a whole LoRA step is 1 %, near the noise.
const BLOCK = 64;

// Eight blocks compute 56 % of the triangle's square; more of them would save little and make the graph larger. A window is
// a band: each block computes as many keys beyond it as the block is long.
const MOST_BLOCKS = 8;
const MOST_BLOCKS_OF_WINDOWS = 16;

/**
 * Splits the queries so that what none of a block's queries sees need not be computed. Causal attention with blocks of b queries
 * over n tokens computes `(1 + b / n) / 2` of the square, with a window of w keys `(b + w) / n` of it. One block where nothing
 * is saved.
 */
export function queryBlocks(tokens: number, keys: number, sight: Sight): QueryBlock[] {
  const { order, window, prefix } = sight;
  const isOpen = isMasked(sight) && prefix === 0;
  const isBand = window !== undefined && window < tokens;
  const most = isBand ? MOST_BLOCKS_OF_WINDOWS : MOST_BLOCKS;
  const splits = order === 'places' || isOpen;
  const count = splits ? Math.min(most, Math.max(1, Math.round(tokens / BLOCK))) : 1;
  const offset = keys - tokens;
  return Array.from({ length: count }, (_, i) => {
    const begin = Math.floor((i * tokens) / count);
    const end = Math.floor(((i + 1) * tokens) / count);
    if (order !== 'places') {
      return { begin, end, first: 0, last: keys, isOpen: isOpen && (count > 1 || Boolean(window)) };
    }
    const first = window && prefix === 0 ? Math.max(0, begin + offset - window + 1) : 0;
    return { begin, end, first, last: end + offset, isOpen: isOpen && i > 0 };
  });
}

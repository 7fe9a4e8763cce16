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

// A graphics card computes the whole square of 512 tokens sooner than it starts the kernels of eight blocks: of a LoRA step's
// 1,700 products on an H200, nine in ten were these. There is no reason to know a length while running either: it would wait for the card.
const BLOCK_ON_WEBGPU = 1024;

// Eight blocks compute 56 % of the triangle's square; more of them would save little and make the graph larger. A window is
// a band: each block computes as many keys beyond it as the block is long.
const MOST_BLOCKS = 8;
const MOST_BLOCKS_OF_WINDOWS = 16;

/**
 * Splits the queries so that what none of a block's queries sees need not be computed. Causal attention with blocks of b queries
 * over n tokens computes `(1 + b / n) / 2` of the square, with a window of w keys `(b + w) / n` of it. One block where nothing
 * is saved.
 *
 * @param target what the graph will run on, as `recordingTarget` says it
 */
export function queryBlocks(
  tokens: number,
  keys: number,
  sight: Sight,
  target?: string,
): QueryBlock[] {
  const { order, window, prefix } = sight;
  const onWebgpu = target === 'webgpu';
  const isOpen = isMasked(sight) && prefix === 0 && !onWebgpu;
  const isBand = window !== undefined && window < tokens;
  const most = isBand ? MOST_BLOCKS_OF_WINDOWS : MOST_BLOCKS;
  const block = onWebgpu ? BLOCK_ON_WEBGPU : BLOCK;
  const splits = order === 'places' || isOpen;
  const count = splits ? Math.min(most, Math.max(1, Math.round(tokens / block))) : 1;
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

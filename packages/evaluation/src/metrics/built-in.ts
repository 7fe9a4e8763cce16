import type { Metric } from '@tunesmith/schema';
import { contains } from './contains.ts';
import { exactMatch, exactMatchStrict } from './exact-match.ts';
import { rougeL } from './rouge-l.ts';
import { tokenF1 } from './token-f1.ts';

/** The metrics of this package: `exact-match`, `exact-match-strict`, `token-f1`, `rouge-l`, `contains`. */
export const builtInMetrics: readonly Metric[] = [
  exactMatch,
  exactMatchStrict,
  tokenF1,
  rougeL,
  contains,
];

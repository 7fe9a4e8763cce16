import type { HostTensor } from '@tunesmith/runtime';
import type { JSONSchema } from '@tunesmith/schema';
import { floats } from '../data/collate.ts';
import type { BatchShape } from '../data/collate.ts';
import type { Row, TokenSequence } from '../data/rows.ts';

/** JSON Schema of the options of objectives whose loss is a cross-entropy over the vocabulary. */
export const tokenLossOptions = {
  label_smoothing: {
    type: 'number',
    minimum: 0,
    exclusiveMaximum: 1,
    default: 0,
    description: 'Share of each target spread evenly over the vocabulary.',
  },
  neftune_alpha: {
    type: 'number',
    minimum: 0,
    default: 0,
    description: 'Strength of uniform noise on the embedded input (NEFTune); 0 is none.',
  },
} as const satisfies Readonly<Record<string, JSONSchema>>;

/** The options of {@link tokenLossOptions}, with their defaults. */
export interface TokenLossOptions {
  readonly label_smoothing: number;
  readonly neftune_alpha: number;
}

/**
 * The feed `noise` `[rows, tokens]` of NEFTune, or `source/noise` `[rows, source tokens]` where rows have a source: `alpha / √(L · width)` at each ordinary token, L being the length of its
 * document; 0 on padding and virtual tokens. Nothing where alpha is 0.
 */
export function collateNoise(
  rows: readonly Row[],
  shape: BatchShape,
  { alpha, width }: { readonly alpha: number; readonly width: number },
): Record<string, HostTensor> {
  if (alpha === 0) return {};
  const isCrossed = shape.sourceTokens !== undefined;
  const tokens = shape.sourceTokens ?? shape.tokens;
  const noise = new Float32Array(shape.rows * tokens);
  for (const [number, row] of rows.entries())
    noise.set(noiseScale(row.source ?? row, alpha / Math.sqrt(width)), number * tokens);
  return { [isCrossed ? 'source/noise' : 'noise']: floats(noise, [shape.rows, tokens]) };
}

function noiseScale(row: TokenSequence, noise: number): Float32Array {
  const lengths = new Map<number, number>();
  const ordinary = (i: number): boolean =>
    row.segmentIds[i] !== 0 && (row.virtualTokenIds?.[i] ?? -1) < 0;
  row.segmentIds.forEach((document, i) => {
    if (ordinary(i)) lengths.set(document, (lengths.get(document) ?? 0) + 1);
  });
  return Float32Array.from(row.segmentIds, (document, i) =>
    ordinary(i) ? noise / Math.sqrt(lengths.get(document)!) : 0,
  );
}

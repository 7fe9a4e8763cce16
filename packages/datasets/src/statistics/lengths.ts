/** A distribution of lengths in a few numbers; all 0 where there is none. */
export interface LengthSummary {
  readonly count: number;
  readonly total: number;
  readonly mean: number;
  readonly minimum: number;
  readonly median: number;
  /** 90 and 99 of 100 are at most this long. */
  readonly percentile90: number;
  readonly percentile99: number;
  readonly maximum: number;
}

/** Summarizes lengths; percentiles are nearest-rank, so each is a length that occurs. */
export function describeLengths(lengths: readonly number[]): LengthSummary {
  const sorted = Float64Array.from(lengths).toSorted();
  const count = sorted.length;
  const total = sorted.reduce((sum, length) => sum + length, 0);
  const percentile = (share: number): number =>
    sorted[Math.max(0, Math.ceil(share * count) - 1)] ?? 0;
  return {
    count,
    total,
    mean: count === 0 ? 0 : total / count,
    minimum: sorted[0] ?? 0,
    median: percentile(0.5),
    percentile90: percentile(0.9),
    percentile99: percentile(0.99),
    maximum: sorted.at(-1) ?? 0,
  };
}

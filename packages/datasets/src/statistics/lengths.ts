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

/** How many lengths lie in `[from, to]`. */
export interface LengthBin {
  readonly from: number;
  readonly to: number;
  readonly count: number;
}

/** Counts lengths by powers of two: 0, 1, 2 to 3, 4 to 7, …, from the shortest that occurs to the longest. */
export function binLengths(lengths: readonly number[]): LengthBin[] {
  const counts: number[] = [];
  for (const length of lengths) {
    const bin = length === 0 ? 0 : 1 + Math.floor(Math.log2(length));
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  const first = counts.findIndex((count) => count !== undefined);
  return Array.from(counts, (count = 0, bin) => ({
    from: bin === 0 ? 0 : 2 ** (bin - 1),
    to: bin === 0 ? 0 : 2 ** bin - 1,
    count,
  })).slice(Math.max(0, first));
}

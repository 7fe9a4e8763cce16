/** Streams of the run's seed; a new use of randomness takes a new number, so old runs keep their bits. */
export const streams = { order: 1, step: 2, row: 3, measure: 4 } as const;

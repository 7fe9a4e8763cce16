/** Rows are rounded to integers from −127 to 127. */
export const LARGEST = 127;

/** What rounding leaves of a row, at most half a step, is rounded in steps of this part of one. */
export const FINER = 2 * LARGEST;

/** Rows whose largest element is below this are seen as zeros: the step would be no number that a float32 can hold well. */
export const LEAST = 1e-30;

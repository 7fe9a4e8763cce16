/** Rows are rounded to integers from −127 to 127. */
export const LARGEST = 127;

/** Rows whose largest element is below this are seen as zeros: the step would be no number that a float32 can hold well. */
export const LEAST = 1e-30;

/** The slope of the sigmoid that stands for the normal distribution in the quick GELU. */
export const quickGeluSlope = 1.702;

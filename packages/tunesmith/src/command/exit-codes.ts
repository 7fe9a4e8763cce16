/** Exit codes: the work is done, it failed, the way it was asked for is wrong, a person interrupted it. */
export const exitCodes = { done: 0, failed: 1, usage: 2, interrupted: 130 } as const;

import { expect } from 'vitest';
import type { Outcome } from './workplace.ts';

/** The command ended with `code`, of itself; what it said stands in the failure. */
export function runTo({ code, out, err }: Outcome, expected: number): void {
  expect(code, `${err}\n${out}`).toBe(expected);
}

/** The command ended with `code`, says why, and shows no stack trace. */
export function oneLine(outcome: Outcome, code: number, says?: RegExp): void {
  runTo(outcome, code);
  expect(outcome.err).not.toMatch(/^ {4}at |node:internal|\.js:\d+:\d+\)/m);
  expect(outcome.err.trim()).not.toBe('');
  if (says) expect(outcome.err).toMatch(says);
}

/** Control characters that a terminal would act on, line ends and tabs apart. */
export const terminalControls =
  // oxlint-disable-next-line no-control-regex -- they are what is looked for
  /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u202A-\u202E\u2066-\u2069]/;

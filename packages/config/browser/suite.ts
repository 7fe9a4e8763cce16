// What our suites use of vitest, in a page: they are collected, and run when asked. `expect` is vitest's own.
// @ts-expect-error -- found by the bundler beside vitest, whose part it is
import { JestAsymmetricMatchers, JestChaiExpect, JestExtend } from '@vitest/expect';
// @ts-expect-error -- as above
import * as chai from 'chai';

for (const plugin of [JestExtend, JestChaiExpect, JestAsymmetricMatchers]) chai.use(plugin);

/** Vitest's `expect`. */
export const expect: unknown = Object.assign(
  (value: unknown, message?: string) => chai.expect(value, message),
  chai.expect,
);

/** What a test is handed. */
interface Context {
  skip(why: string): void;
}

type Run<Value extends unknown[] = []> = (...given: [...Value, Context]) => unknown;

const tests: { name: string; run: Run }[] = [];
let group = '';

/** Declares a group of tests. */
export function describe(name: string, declare: () => void): void {
  group = name;
  declare();
}

function declare(name: string, run: Run): void {
  tests.push({ name: group === '' ? name : `${group}: ${name}`, run });
}

/** Declares a test. */
export const it: unknown = Object.assign(declare, {
  each: (values: readonly unknown[]) => (name: string, run: Run<[unknown]>) => {
    for (const value of values)
      declare(name.replace('%s', String(value)), (context) => run(value, context));
  },
});

/** A test that was run: what went wrong, or why it was skipped. */
export interface Found {
  readonly name: string;
  error?: string;
  skipped?: string;
}

/** Runs what was declared. */
export async function results(): Promise<Found[]> {
  const found: Found[] = [];
  for (const { name, run } of tests) {
    const one: Found = { name };
    try {
      await run({ skip: (why) => (one.skipped = why) });
    } catch (error) {
      one.error = error instanceof Error ? String(error.stack) : String(error);
    }
    found.push(one);
  }
  return found;
}

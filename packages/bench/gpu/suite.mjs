/**
 * What our suites use of vitest, on Node's own test runner, so that they run on a machine where nothing is installed. `expect` is
 * vitest's.
 */
import { after, before, describe as group, it as one } from 'node:test';
import { JestAsymmetricMatchers, JestChaiExpect, JestExtend } from '@vitest/expect';
import { fn, spyOn } from '@vitest/spy';
import * as chai from 'chai';

for (const plugin of [JestExtend, JestChaiExpect, JestAsymmetricMatchers]) chai.use(plugin);

export const expect = Object.assign((value, message) => chai.expect(value, message), chai.expect);
export const vi = { fn, spyOn };
export const beforeAll = (f) => before(f);
export const afterAll = (f) => after(f);

/** The one value that suites ask for: the devices to run on. */
export const inject = () => (process.env['TUNESMITH_DEVICES'] ?? 'cpu').split(',');

/** `%s` in a name is what the case is; Node's runner knows no such names. */
const named = (name, value) => name.replace('%s', String(value));

function each(declare) {
  return (values) => (name, f) => {
    for (const value of values) {
      const given = Array.isArray(value) ? value : [value];
      declare(named(name, given[0]), () => f(...given));
    }
  };
}

export const test = Object.assign((name, f) => one(name, (context) => f?.(context)), {
  each: each((name, f) => one(name, f)),
  skipIf: (isSkipped) => (name, f) => one(name, { skip: Boolean(isSkipped) }, f),
});
export { test as it };
export const describe = Object.assign((name, f) => group(name, f), {
  each: each((name, f) => group(name, f)),
});

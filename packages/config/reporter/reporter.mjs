/** @typedef {import('vitest/reporters').Reporter} Reporter */

/**
 * Ends a test run with one plain line, `N passed, N failed, N skipped`, after naming each skipped test and why.
 *
 * A file that cannot be loaded and an error outside any test each count as one failure.
 *
 * @implements {Reporter}
 */
export class CountReporter {
  /** @param {(line: string) => void} [print] where lines go */
  constructor(print = (line) => console.log(line)) {
    this.print = print;
  }

  /**
   * @param {ReadonlyArray<import('vitest/node').TestModule>} testModules
   * @param {ReadonlyArray<unknown>} unhandledErrors
   */
  onTestRunEnd(testModules, unhandledErrors) {
    const count = { passed: 0, failed: unhandledErrors.length, skipped: 0 };
    for (const testModule of testModules) {
      if (testModule.errors().length > 0) count.failed += 1;
      for (const test of testModule.children.allTests()) {
        const result = test.result();
        if (result.state === 'passed') count.passed += 1;
        else if (result.state === 'failed') count.failed += 1;
        else {
          count.skipped += 1;
          const reason = ('note' in result && result.note) || 'no reason given';
          this.print(`skipped: ${testModule.relativeModuleId} > ${test.fullName}: ${reason}`);
        }
      }
    }
    this.print(`${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped`);
  }
}

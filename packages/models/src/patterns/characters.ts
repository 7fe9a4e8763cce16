import type { CharacterTest } from './syntax.ts';

/** The source of one code point inside a JavaScript character class. */
export function classSource(codePoint: number): string {
  return `\\u{${codePoint.toString(16)}}`;
}

const tests = new Map<string, CharacterTest>();

/**
 * The test of a character class in JavaScript's syntax (with the `u` flag), its answers remembered.
 *
 * @param source the inside of the class, without brackets
 * @param ignoreCase characters that differ by case alone are the same
 */
export function characterTest(source: string, ignoreCase = false): CharacterTest {
  const key = `${ignoreCase ? 'i' : ''}${source}`;
  const found = tests.get(key);
  if (found) return found;
  const expression = new RegExp(`^[${source}]$`, ignoreCase ? 'iu' : 'u');
  const answers = new Map<number, boolean>();
  const test: CharacterTest = (codePoint) => {
    let answer = answers.get(codePoint);
    if (answer === undefined) {
      answer = expression.test(String.fromCodePoint(codePoint));
      answers.set(codePoint, answer);
    }
    return answer;
  };
  tests.set(key, test);
  return test;
}

/** The test of one code point. */
export function literalTest(literal: number, ignoreCase: boolean): CharacterTest {
  return ignoreCase
    ? characterTest(classSource(literal), true)
    : (codePoint) => codePoint === literal;
}

/** True where any of the tests is. */
export function anyOf(options: readonly CharacterTest[]): CharacterTest {
  const [only] = options;
  if (only && options.length === 1) return only;
  return (codePoint) => options.some((test) => test(codePoint));
}

/** True where the test is not. */
export function noneOf(test: CharacterTest): CharacterTest {
  return (codePoint) => !test(codePoint);
}

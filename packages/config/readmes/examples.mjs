import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { publishedPackages } from '../workspace/packages.mjs';

/** The example of the conformance suites declares tests for a method that the reader writes. */
const DECLARES_TESTS = '@tunesmith/testing';

/**
 * @typedef {object} PublishedPackage
 * @property {string} name
 * @property {string} directory
 * @property {string} readme
 * @property {string} example its first TypeScript example; empty if there is none
 * @property {boolean} isRunnable whether the example is a program
 */

/** @returns {PublishedPackage[]} the published packages with their READMEs */
export function publishedReadmes() {
  return publishedPackages().map(({ directory, manifest: { name } }) => {
    const readme = readFileSync(join(directory, 'README.md'), 'utf8');
    const example = /```ts\n([\s\S]*?)```/.exec(readme)?.[1] ?? '';
    return { name, directory, readme, example, isRunnable: name !== DECLARES_TESTS };
  });
}

/**
 * Puts into a folder what the examples find where they run: models and some data.
 *
 * @param {string} home an existing folder
 * @param {string} nano the folder of the nano model
 */
export function prepareFolder(home, nano) {
  for (const folder of ['models', 'packages/nano'])
    mkdirSync(join(home, folder), { recursive: true });
  for (const path of ['models/base', 'models/tuned', 'models/nano', 'packages/nano/model'])
    symlinkSync(nano, join(home, path));
  const rows = Array.from({ length: 20 }, (_, i) => ({
    instruction: `Count to ${i}.`,
    output: `${i}`,
  }));
  writeFileSync(
    join(home, 'instructions.jsonl'),
    rows.map((row) => JSON.stringify(row)).join('\n'),
  );
}

/**
 * The numbers that an example says it prints: `console.log(…); // 3`.
 *
 * @param {string} example
 * @returns {number[]}
 */
export function toldNumbers(example) {
  return [...example.matchAll(/^console\.log\(.*\); \/\/ (\d+)$/gm)].map(([, value]) =>
    Number(value),
  );
}

import { readFileSync } from 'node:fs';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';

/** How TypeScript may resolve an ESM-only package; CommonJS without `require(esm)` is out of scope. */
const RESOLUTIONS = ['node16-esm', 'bundler'];

/**
 * What a stranger who installs the packed package would stumble over:
 * publint's view of its package.json and files, and "are the types wrong" for each entry point.
 *
 * @param {string} tarball path of a packed package
 * @returns {Promise<string[]>} one line a problem; empty when there is none
 */
export async function checkTarball(tarball) {
  const data = readFileSync(tarball);
  const { messages, pkg } = await publint({
    pack: { tarball: data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength) },
    strict: true,
  });
  const lines = messages.map(
    (message) => `publint: ${formatMessage(message, pkg, { color: false })}`,
  );
  const analysis = await checkPackage(createPackageFromTarballData(data));
  if (!analysis.types) return [...lines, 'types: the package has none'];
  for (const problem of analysis.problems) {
    if ('resolutionKind' in problem && !RESOLUTIONS.includes(problem.resolutionKind)) continue;
    lines.push(`types: ${JSON.stringify(problem)}`);
  }
  return lines;
}

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
  const packed = createPackageFromTarballData(data);
  lines.push(...checkManifest(packed));
  const analysis = await checkPackage(packed);
  if (!analysis.types) return [...lines, 'types: the package has none'];
  for (const problem of analysis.problems) {
    if ('resolutionKind' in problem && !RESOLUTIONS.includes(problem.resolutionKind)) continue;
    lines.push(`types: ${JSON.stringify(problem)}`);
  }
  return lines;
}

/** @param {import('@arethetypeswrong/core').Package} packed */
function checkManifest(packed) {
  const at = (/** @type {string} */ file) => `/node_modules/${packed.packageName}/${file}`;
  const lines = [];
  if (!packed.fileExists(at('LICENSE'))) lines.push('manifest: there is no LICENSE');
  const manifest = JSON.parse(packed.readFile(at('package.json')));
  for (const [group, ranges] of Object.entries(manifest)) {
    if (!/dependencies$/i.test(group)) continue;
    for (const [name, range] of Object.entries(ranges))
      if (/^(workspace|catalog|link|file):/.test(range))
        lines.push(`manifest: ${group}: ${name} is "${range}", which npm does not understand`);
  }
  return lines;
}

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { root, workspacePackages } from '../workspace/packages.mjs';
import { withPlainRanges, wrongRanges } from './check.mjs';

// Checks the ranges in the manifests of published packages; `--write` puts them right.
const { catalog } = parse(readFileSync(join(root, 'pnpm-workspace.yaml'), 'utf8'));
const packages = workspacePackages();
const house = { catalog, workspace: packages.map(({ manifest }) => manifest) };
let problems = 0;
for (const { directory, manifest } of packages.filter((one) => !one.manifest.private)) {
  if (process.argv.includes('--write')) {
    const text = `${JSON.stringify(withPlainRanges(manifest, house), null, 2)}\n`;
    writeFileSync(join(directory, 'package.json'), text);
  }
  const { name } = manifest;
  const now = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'));
  for (const { group, name: other, found, expected } of wrongRanges(now, house)) {
    problems += 1;
    const accepted = expected ?? 'a package of the catalog in pnpm-workspace.yaml';
    console.error(`${name}: ${group}: ${other} is "${found}"; accepted: ${accepted}`);
  }
}
console.log(`ranges: ${problems} wrong${problems > 0 ? '; pnpm check:ranges --write' : ''}`);
process.exitCode = problems > 0 ? 1 : 0;

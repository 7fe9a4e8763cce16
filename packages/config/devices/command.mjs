/**
 * Runs what every device must pass on the one named: the device suite, the kernels, the trajectories of torch and steps of LoRA.
 *
 *     node packages/config/devices/command.mjs webgpu
 */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const [device] = process.argv.slice(2);
if (device === undefined) throw new Error('which device? webgpu, tensorflow, tensorflow-gpu, cpu');

const suites = [
  'packages/testing/src/test-device.test.ts',
  'packages/kernels/src',
  'packages/trainer/src/run/trajectories.test.ts',
  'packages/trainer/src/run/devices.test.ts',
];
// The first use of an operation on a graphics card compiles its shader: minutes on a software driver.
const options = ['--config', 'packages/config/vitest.config.ts', '--testTimeout=600000'];
const parameters = ['vitest', 'run', ...options, ...suites];
try {
  execFileSync('npx', parameters, {
    cwd: fileURLToPath(new URL('../../..', import.meta.url)),
    env: { ...process.env, TUNESMITH_DEVICES: device },
    stdio: 'inherit',
  });
} catch (error) {
  process.exitCode = /** @type {{ status?: number }} */ (error).status ?? 1;
}

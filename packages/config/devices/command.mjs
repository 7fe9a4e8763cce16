/**
 * Runs what every device must pass on the one named: the device suite, the kernels, the trajectories of torch and steps of LoRA.
 * Where the device cannot be opened it says why, and what to install, once. Needs built code: it asks `tunesmith doctor`.
 *
 *     node packages/config/devices/command.mjs webgpu
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const suites = [
  'packages/testing/src/test-device.test.ts',
  'packages/kernels/src',
  'packages/trainer/src/run/trajectories.test.ts',
  'packages/trainer/src/run/devices.test.ts',
];
// The first use of an operation on a graphics card compiles its shader: a driver in software takes minutes for those of a training step, if the machine is busy.
const limit = '--testTimeout=600000';

const [name] = process.argv.slice(2);
process.exitCode = check(name);

/**
 * @param {string | undefined} name a device
 * @returns {number} what the process ends with
 */
function check(name) {
  const devices = devicesHere();
  const device = devices.find((each) => each.name === name);
  if (device === undefined) {
    console.error(`which device? ${devices.map((each) => each.name).join(', ')}`);
    return 2;
  }
  if (!device.available) {
    console.error(
      `nothing was checked: ${name} cannot be opened here: ${[device.reason, device.remedy].filter(Boolean).join('; ')}`,
    );
    return 1;
  }
  console.log(`${name}: ${device.about ?? device.description}`);
  const own = `packages/runtime/src/devices/${device.name}.test.ts`;
  const { status } = spawnSync(
    'npx',
    ['vitest', 'run', '--config', 'packages/config/vitest.config.ts', limit, own, ...suites],
    { cwd: root, env: { ...process.env, TUNESMITH_DEVICES: device.name }, stdio: 'inherit' },
  );
  return status ?? 1;
}

/** @returns {{ name: string, description: string, available: boolean, about?: string, reason?: string, remedy?: string }[]} */
function devicesHere() {
  const program = 'packages/tunesmith/bin/tunesmith.js';
  const text = execFileSync(process.execPath, [program, 'doctor', '--json'], {
    cwd: root,
    encoding: 'utf8',
    stdio: 'pipe',
  });
  return JSON.parse(text).devices;
}

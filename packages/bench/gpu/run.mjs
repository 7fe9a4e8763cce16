/**
 * Runs the suites of devices and kernels, the trajectories of torch and steps of training where it lies, one process each.
 *
 *     bin/node run.mjs [device] [steps] [shape]
 */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';

const [device = 'webgpu', steps = '5', shape = 'full'] = process.argv.slice(2);
const folder = import.meta.dirname;
const say = (line) => process.stdout.write(`${line}\n`);

/** Whether a program of this folder ended well. */
function succeeds(parameters, input) {
  const { status, signal } = spawnSync(process.execPath, parameters, {
    cwd: folder,
    env: { ...process.env, TUNESMITH_DEVICES: device },
    input,
    stdio: [input === undefined ? 'ignore' : 'pipe', 'inherit', 'inherit'],
  });
  if (status !== 0) say(`failed: ended with ${signal ?? `exit code ${status}`}`);
  return status === 0;
}

const { devices } = await import(join(folder, 'packages/runtime/src/node.mjs'));
const plugin = devices.find(({ name }) => name === device);
const found = (await plugin?.probe()) ?? { available: false, reason: 'there is no such device' };
if (!found.available) {
  const why = [found.reason, found.remedy].filter(Boolean).join('; ');
  say(`nothing was run: ${device} cannot be opened here: ${why}`);
  process.exit(1);
}

const failed = [];

say(`== suites on ${device}: ${found.about ?? plugin.description}`);
const held = ['--import', './packages/testing/src/test-support/held-device.mjs'];
const names = readdirSync(join(folder, 'packages'), { recursive: true });
for (const suite of names.filter((name) => name.endsWith('.test.mjs')).sort()) {
  say(`-- ${suite}`);
  const parameters = [...held, '--test-reporter=dot', join('packages', suite)];
  if (!succeeds(parameters)) failed.push(suite);
}

say(`== bench train, part (a), ${steps} steps, shape ${shape}`);
for (const each of ['cpu', device]) {
  say(`-- ${each}`);
  const lines = `${'step\n'.repeat(Number(steps))}end\n`;
  const step = ['packages/bench/src/train/step.mjs', String(availableParallelism())];
  if (!succeeds([...step, 'float32', each, shape], lines)) failed.push(`steps on ${each}`);
}

say(failed.length === 0 ? '== all passed' : `== failed: ${failed.join(', ')}`);
process.exitCode = failed.length === 0 ? 0 : 1;

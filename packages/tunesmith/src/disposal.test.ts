import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Device, type DevicePlugin } from '@tunesmith/runtime';
import { openDevice } from '@tunesmith/runtime/node';
import { definePlugin } from '@tunesmith/schema';
import { expect, test } from 'vitest';
import { evaluate } from './evaluate.ts';
import { train } from './train/train.ts';

const base = fileURLToPath(new URL('../../testing/fixtures/peft/base_llama', import.meta.url));

/** Functions that a device has compiled and not given back when it is closed. */
const held: string[] = [];
let compiled = 0;

const counting: DevicePlugin = {
  specVersion: 2,
  name: 'counting',
  description: 'The processor, which counts what is compiled.',
  probe: async () => ({ available: true }),
  async open() {
    const device = await openDevice('cpu');
    const live = new Map<object, string>();
    const jit: Device['jit'] = (name, fn, options) => {
      const jitted = device.jit(name, fn, options);
      live.set(jitted, name);
      compiled++;
      const dispose = (): Promise<void> => {
        live.delete(jitted);
        return jitted.dispose();
      };
      return Object.assign((feeds: Parameters<typeof jitted>[0]) => jitted(feeds), { dispose });
    };
    const close = (): Promise<void> => {
      held.push(...live.values());
      return device.close();
    };
    return { ...device, jit, close };
  },
};

test('training and measuring give back what they compiled before the device is closed', async () => {
  const home = await mkdtemp(join(tmpdir(), 'disposal-'));
  const row = JSON.stringify({ input_ids: [5, 9, 13, 7], labels: [5, 9, 13, 7] });
  const other = JSON.stringify({ input_ids: [6, 8, 14, 2], labels: [6, 8, 14, 2] });
  await writeFile(join(home, 'rows.jsonl'), `${row}\n${other}\n`);
  await writeFile(join(home, 'held.jsonl'), `${row.replaceAll('13', '15')}\n`);
  const recipe = {
    model: { from: base, precision: 'int8', calibration_rows: 2 } as const,
    device: 'counting',
    data: [
      { path: join(home, 'rows.jsonl'), format: 'tokenized' },
      { path: join(home, 'held.jsonl'), format: 'tokenized', split: 'heldout' },
    ],
    method: { name: 'lora', r: 2 },
    training: { steps: 2, batch_size: 1, gradient_accumulation: 2, max_length: 8 },
    evaluation: { every: 1, tasks: ['heldout'] },
    output: join(home, 'run'),
  };
  const plugins = [definePlugin('device', counting)];
  await train(recipe, { plugins });
  expect(compiled).toBeGreaterThan(4);
  await evaluate(recipe, { plugins, adapter: join(home, 'run', 'adapter'), compare: true });
  expect(held).toEqual([]);
});

import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { lora } from '@tunesmith/lora';
import { createAdapter } from '@tunesmith/peft';
import type { Adapter } from '@tunesmith/peft';
import { openDevice } from '@tunesmith/runtime/node';
import type { Device } from '@tunesmith/runtime';
import type { Tokenized } from '@tunesmith/schema';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { temporaryFolder, tinyLlama } from '../../test-support/tiny.ts';
import { train } from '../node/train.ts';

const data = Array.from({ length: 12 }, (_, row): Tokenized => {
  const ids = Array.from({ length: 8 }, (__, i) => (row * 5 + i * 3) % 32);
  return { id: `${row}`, input_ids: ids, labels: ids };
});
const model = tinyLlama({ tied: true });

let device: Device;
beforeAll(async () => {
  device = await openDevice('cpu');
});
afterAll(() => device.close());

/** A run of `steps` with a checkpoint every 3. */
async function run(method: object, directory: string, resume = false) {
  const losses: number[] = [];
  const config = { r: 2, targets: ['q_proj'], ...method };
  const { adapters } = await train({
    model,
    adapters: [await createAdapter({ model, method: lora, config, seed: 3 })],
    data,
    device,
    directory,
    resume,
    seed: 5,
    training: {
      steps: 6,
      batch_size: 4,
      max_length: 16,
      checkpoint_every: 3,
      optimizer: { learning_rate: 2e-2 },
      schedule: { name: 'constant' },
    },
    onEvent: (event) => event.type === 'step' && losses.push(event.loss),
  });
  return { adapter: adapters[0] as Adapter, losses };
}

describe.each([
  [{ modules_to_save: ['lm_head'] }, ['lm_head.weight']],
  [{ modules_to_save: ['embed_tokens'] }, ['model.embed_tokens.weight']],
  [
    { modules_to_save: ['embed_tokens', 'lm_head'] },
    ['model.embed_tokens.weight', 'lm_head.weight'],
  ],
  [{ modules_to_save: ['lm_head'], ensure_weight_tying: true }, ['model.embed_tokens.weight']],
])('a tied model with %j', (method, copies) => {
  test('trains its copies, which the base does not see, and resumes to the bit', async () => {
    const directory = await temporaryFolder();
    const table = await model.weights.read('model.embed_tokens.weight');
    const before = table.data.slice();
    const { adapter, losses } = await run(method, directory);
    expect(losses.at(-1)!).toBeLessThan(losses[0]!);
    expect(adapter.plan.base).toEqual(copies);
    for (const name of copies) expect(adapter.parameters[name]!.data).not.toEqual(before);
    expect(table.data).toEqual(before);

    const checkpoints = join(directory, 'checkpoints');
    const last = (await readdir(checkpoints)).sort().at(-1)!;
    await rm(join(checkpoints, last), { recursive: true });
    const resumed = await run(method, directory, true);
    expect(resumed.losses).toEqual(losses.slice(-resumed.losses.length));
    expect(resumed.losses.length).toBeLessThan(6);
    expect(resumed.adapter.parameters).toEqual(adapter.parameters);
  });
});

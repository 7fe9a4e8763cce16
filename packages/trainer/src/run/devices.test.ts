import { lora } from '@tunesmith/lora';
import { createAdapter } from '@tunesmith/peft';
import { openDevice } from '@tunesmith/runtime/node';
import type { Tokenized } from '@tunesmith/schema';
import { expect, inject, test } from 'vitest';
import { tinyLlama } from '../../test-support/tiny.ts';
import { train } from './train.ts';

const model = tinyLlama();
const adapter = await createAdapter({
  model,
  method: lora,
  config: { r: 4, dropout: 0.2 },
  seed: 1,
});
const records = [11, 4, 7, 2, 9, 13].map((length, row): Tokenized => {
  const ids = Array.from({ length }, (_, i) => (row * 11 + i * 5 + 3) % 32);
  return { id: `${row}`, input_ids: ids, labels: ids.map((id, i) => (i < length / 2 ? -100 : id)) };
});

/** Losses of packed steps of LoRA with dropout, and the trained parameters. */
async function tune(deviceName: string) {
  const device = await openDevice(deviceName);
  const losses: number[] = [];
  const result = await train({
    model,
    adapters: [adapter],
    data: records,
    device,
    seed: 3,
    training: { steps: 6, batch_size: 2, max_length: 24, packing: true },
    onEvent: (event) => event.type === 'step' && losses.push(event.loss),
  });
  await device.close();
  return { losses, parameters: result.adapters[0]!.parameters };
}

test.each(inject('devices'))(
  'LoRA with dropout takes the same steps on %s as on cpu',
  async (name) => {
    const expected = await tune('cpu');
    const actual = await tune(name);
    expect(expected.losses).toHaveLength(6);
    for (const [index, loss] of expected.losses.entries())
      expect(Math.abs(actual.losses[index]! / loss - 1), `loss of step ${index + 1}`).toBeLessThan(
        1e-5,
      );
    for (const [tensor, { data }] of Object.entries(expected.parameters)) {
      const other = actual.parameters[tensor]!.data;
      const worst = Math.max(...Array.from(data, (value, i) => Math.abs(value - other[i]!)));
      expect(worst, tensor).toBeLessThan(2e-5);
    }
  },
);

import { openDevice } from '@tunesmith/runtime/node';
import type { HostTensor } from '@tunesmith/runtime';
import { lora } from '@tunesmith/lora';
import { createAdapter } from '@tunesmith/peft';
import type { Adapter } from '@tunesmith/peft';
import { prompt } from '@tunesmith/prompt';
import type { Tokenized } from '@tunesmith/schema';
import { describe, expect, test } from 'vitest';
import { tinyLlama } from '../../test-support/tiny.ts';
import { train } from './train.ts';

const model = tinyLlama();
const records = [11, 4, 7, 2, 9].map((length, row): Tokenized => {
  const ids = Array.from({ length }, (_, i) => (row * 11 + i * 5 + 3) % 32);
  return { id: `${row}`, input_ids: ids, labels: ids.map((id, i) => (i < length / 2 ? -100 : id)) };
});

/** Loss and gradients of one step over all records: with plain descent at rate 1, a gradient is the change. */
async function gradients(deviceName: string, packing: boolean, adapters: readonly Adapter[]) {
  const device = await openDevice(deviceName);
  let loss = NaN;
  let rows = 0;
  const result = await train({
    model,
    ...(adapters.length > 0 ? { adapters } : { full: true }),
    data: records,
    device,
    seed: 0,
    training: {
      steps: 1,
      batch_size: packing ? 1 : records.length,
      max_length: 56,
      packing,
      max_grad_norm: 0,
      optimizer: { name: 'sgd', learning_rate: 1, weight_decay: 0 },
      schedule: { name: 'constant' },
    },
    onEvent: (event) => {
      if (event.type === 'step') loss = event.loss;
      if (event.type === 'start') rows = (event as typeof event & { rows: number }).rows;
    },
  });
  await device.close();
  return { loss, rows, after: result.parameters };
}

function largestDifference(a: Record<string, HostTensor>, b: Record<string, HostTensor>): number {
  return Math.max(
    ...Object.keys(a).flatMap((name) =>
      Array.from(a[name]!.data, (value, i) => Math.abs(value - b[name]!.data[i]!)),
    ),
  );
}

const prompted = await createAdapter({
  model,
  method: prompt,
  config: { virtual_tokens: 3 },
  name: 'p',
  seed: 1,
});
const cases: [string, Adapter[]][] = [
  ['every tensor of a model', []],
  ['LoRA', [await createAdapter({ model, method: lora, seed: 1 })]],
  ['a prompt, whose virtual tokens stand before every document', [prompted]],
];

describe.each(['tfjs-cpu', 'cpu'])('examples packed into one row on %s', (device) => {
  test.each(cases)(
    'give the loss and the gradients of separate rows: %s',
    async (_name, adapters) => {
      const packed = await gradients(device, true, adapters);
      const separate = await gradients(device, false, adapters);
      expect([packed.rows, separate.rows]).toEqual([1, 5]);
      expect(Math.abs(packed.loss - separate.loss)).toBeLessThan(1e-5);
      expect(
        largestDifference(
          packed.after as Record<string, HostTensor>,
          separate.after as Record<string, HostTensor>,
        ),
      ).toBeLessThan(1e-5);
    },
  );
});

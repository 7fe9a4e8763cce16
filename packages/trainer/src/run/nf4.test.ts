import { lora } from '@tunesmith/lora';
import { encodedWeights, nf4, nf4Precision, placeModel } from '@tunesmith/models';
import { createAdapter, type Adapter } from '@tunesmith/peft';
import { openDevice } from '@tunesmith/runtime/node';
import type { RunEvent, Tokenized } from '@tunesmith/schema';
import { expect, test } from 'vitest';
import { tinyLlama } from '../../test-support/tiny.ts';
import { train } from './train.ts';

const model = tinyLlama();
const isMap = (name: string): boolean => name.endsWith('_proj.weight');

const records: Tokenized[] = Array.from({ length: 12 }, (_, row) => {
  const ids = Array.from({ length: 14 }, (__, at) => (3 + (row % 4) * 5 + at * 3) % 32);
  return { id: `row ${row}`, input_ids: ids, labels: ids };
});

/** Loss and gradient norm of each step of LoRA, with the maps in 4 bits or as what those stand for in float32. */
async function run(narrow: boolean, name: string) {
  const decoded = await encodedWeights(model.weights, (weight) =>
    isMap(weight) ? nf4 : undefined,
  );
  const base = narrow ? model : { ...model, weights: decoded };
  const device = await openDevice(name);
  const events: RunEvent[] = [];
  try {
    await train({
      model: base,
      place: () => placeModel(base, device, narrow ? { precision: nf4Precision(base.spec) } : {}),
      adapters: [
        (await createAdapter({
          model: base,
          method: lora,
          config: { r: 4, alpha: 8, targets: 'all-linear' },
          seed: 1,
        })) as Adapter,
      ],
      data: records,
      device,
      seed: 5,
      training: {
        steps: 8,
        batch_size: 2,
        max_length: 32,
        optimizer: { learning_rate: 4e-2 },
      },
      onEvent: (event) => events.push(event),
    });
  } finally {
    await device.close();
  }
  expect(events.find(({ type }) => type === 'start')).toMatchObject({
    precision: narrow ? 'nf4' : 'float32',
  });
  return events.flatMap((event) =>
    event.type === 'step' ? [[event.loss, event.grad_norm ?? 0] as const] : [],
  );
}

test.each(['cpu', 'tfjs-cpu'])(
  'LoRA on maps in four bits takes the steps that it takes on the decoded maps: %s',
  async (device) => {
    const wanted = await run(false, 'cpu');
    const found = await run(true, device);
    expect(found).toHaveLength(8);
    for (const [step, [loss, norm]] of wanted.entries()) {
      expect(found[step]![0] / loss).toBeCloseTo(1, 4);
      expect(found[step]![1] / norm).toBeCloseTo(1, 3);
    }
    expect(found.at(-1)![0]).toBeLessThan(0.9 * found[0]![0]);
  },
);

import { adalora, lora, vera } from '@tunesmith/lora';
import { int8Precision, nf4Precision, placeModel } from '@tunesmith/models';
import { createAdapter, type PeftMethod } from '@tunesmith/peft';
import { openDevice } from '@tunesmith/runtime/node';
import type { StepEvent, Tokenized } from '@tunesmith/schema';
import { expect, test } from 'vitest';
import { tinyLlama } from '../../test-support/tiny.ts';
import { train } from './train.ts';

const model = tinyLlama();

const records: Tokenized[] = Array.from({ length: 12 }, (_, row) => {
  const ids = Array.from({ length: 14 }, (__, at) => (3 + (row % 4) * 5 + at * 3) % 32);
  return { id: `row ${row}`, input_ids: ids, labels: ids };
});

const variants: Record<string, { method: object; config: object }> = {
  lora: { method: lora, config: { r: 4 } },
  dora: { method: lora, config: { r: 4, use_dora: true, dropout: 0.1 } },
  pissa: { method: lora, config: { r: 4, init: 'pissa' } },
  loftq: { method: lora, config: { r: 4, init: 'loftq' } },
  adalora: { method: adalora, config: { init_r: 4, target_r: 2 } },
  vera: { method: vera, config: { r: 16 } },
};

async function losses(name: string, encoding: 'float32' | 'int8' | 'nf4', loftqBits?: number) {
  const { method, config } = variants[name]!;
  const device = await openDevice('cpu');
  const precisions = {
    float32: undefined,
    int8: int8Precision(model.spec, { largest: 127 }),
    nf4: nf4Precision(model.spec),
  };
  const precision = precisions[encoding];
  const adapter = await createAdapter({
    model,
    method: method as PeftMethod,
    config: {
      targets: 'all-linear',
      ...config,
      ...(loftqBits === undefined ? {} : { loftq_bits: loftqBits }),
    },
    seed: 1,
  });
  const steps: StepEvent[] = [];
  try {
    await train({
      model,
      place: () => placeModel(model, device, precision ? { precision } : {}),
      adapters: [adapter],
      data: records,
      device,
      seed: 5,
      training: {
        steps: 10,
        batch_size: 2,
        max_length: 32,
        optimizer: { learning_rate: 2e-2 },
        schedule: { name: 'constant' },
      },
      onEvent: (event) => event.type === 'step' && steps.push(event),
    });
  } finally {
    await device.close();
  }
  return steps.map(({ loss }) => loss);
}

test.each(
  Object.keys(variants).flatMap((name) => [[name, 'int8'] as const, [name, 'nf4'] as const]),
)('%s learns over a base in %s', async (name, encoding) => {
  const found = await losses(
    name,
    encoding,
    name === 'loftq' && encoding === 'int8' ? 8 : undefined,
  );
  expect(found.every(Number.isFinite)).toBe(true);
  expect(found.at(-1)!).toBeLessThan(found[0]!);
});

test('LoftQ starts closer to the model in float32 than a base in 4 bits alone does', async () => {
  const [exact] = await losses('lora', 'float32');
  const [plain] = await losses('lora', 'nf4');
  const [corrected] = await losses('loftq', 'nf4');
  expect(Math.abs(corrected! - exact!)).toBeLessThan(0.7 * Math.abs(plain! - exact!));
});

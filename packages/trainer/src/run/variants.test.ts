import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { adalora, lora, vera } from '@tunesmith/lora';
import { loadModel } from '@tunesmith/models/node';
import { createAdapter, largestDifference, type Adapter, type PeftMethod } from '@tunesmith/peft';
import { loadAdapter, saveAdapter } from '@tunesmith/peft/node';
import { openDevice } from '@tunesmith/runtime/node';
import type { StepEvent, Tokenized } from '@tunesmith/schema';
import { expect, inject, test } from 'vitest';
import { temporaryFolder } from '../../test-support/tiny.ts';
import { train } from './train.ts';

// Hugging Face PEFT trained these: packages/peft/lora/golden-training/make.py
const goldens = fileURLToPath(new URL('../../../peft/lora/golden-training/', import.meta.url));
const fixtures = fileURLToPath(new URL('../../../testing/fixtures/peft/', import.meta.url));
const methods = [lora, adalora, vera] as unknown as PeftMethod[];

interface Trajectory {
  readonly learning_rate: number;
  readonly weight_decay: number;
  readonly learning_rate_ratio: number;
  readonly ids: readonly (readonly (readonly number[])[])[];
  readonly log: readonly { loss: number; grad_norm: number }[];
}

const model = await loadModel(`${fixtures}base_llama`);

async function run(name: string, deviceName: string) {
  const folder = goldens + name;
  const trajectory = JSON.parse(await readFile(`${folder}/trajectory.json`, 'utf8')) as Trajectory;
  const load = (stage: string) => loadAdapter(`${folder}/${stage}`, { model, methods });
  const adapter = atRatio(await load('init'), trajectory.learning_rate_ratio);
  const data = trajectory.ids.flat().map((row, i): Tokenized => ({
    id: `row ${i}`,
    input_ids: [...row],
    labels: [...row],
  }));
  const device = await openDevice(deviceName);
  const steps: StepEvent[] = [];
  try {
    const result = await train({
      model,
      adapters: [adapter],
      data,
      device,
      seed: 0,
      training: {
        steps: trajectory.log.length,
        batch_size: 2,
        max_length: 12,
        packing: false,
        shuffle: false,
        max_grad_norm: 0,
        optimizer: {
          name: 'adamw',
          learning_rate: trajectory.learning_rate,
          weight_decay: trajectory.weight_decay,
        },
        schedule: { name: 'constant' },
      },
      onEvent: (event) => event.type === 'step' && steps.push(event),
    });
    return { trajectory, steps, trained: result.adapters[0]!, final: await load('final') };
  } finally {
    await device.close();
  }
}

/** The adapter planned anew with a ratio of learning rates, of which files say nothing. */
function atRatio(adapter: Adapter, ratio: number): Adapter {
  if (ratio === 1) return adapter;
  const config = { ...adapter.config, learning_rate_ratio: ratio };
  return { ...adapter, config, plan: adapter.method.plan(adapter.model, config) };
}

const variants = [
  'dora',
  'lora_plus',
  'lora_bias',
  'embedding_dora',
  'tokens',
  'pissa',
  'olora',
  'vera',
  'adalora',
];

test.each(inject('devices').flatMap((device) => variants.map((name) => [name, device] as const)))(
  '%s trains as PEFT trains it, on %s',
  async (name, deviceName) => {
    const { trajectory, steps, trained, final } = await run(name, deviceName);
    // PEFT adds the penalty of AdaLoRA to its loss; ours reports the objective's.
    for (const [index, expected] of trajectory.log.entries()) {
      if (name !== 'adalora')
        expect(Math.abs(steps[index]!.loss / expected.loss - 1)).toBeLessThan(1e-4);
      expect(
        Math.abs(steps[index]!.grad_norm / expected.grad_norm - 1),
        `gradient norm of step ${index + 1}`,
      ).toBeLessThan(1e-3);
    }
    const folder = `${await temporaryFolder()}/saved`;
    await saveAdapter(folder, trained, { baseModel: 'base_llama' });
    const stored = name === 'adalora' ? await loadAdapter(folder, { model, methods }) : trained;
    expect(Object.keys(stored.parameters).sort()).toEqual(Object.keys(final.parameters).sort());
    for (const [tensor, expected] of Object.entries(final.parameters))
      expect(largestDifference(stored.parameters[tensor]!, expected), tensor).toBeLessThan(5e-4);
  },
);

test('an adapter that took a part of the weight over is saved as plain LoRA of twice the rank', async () => {
  for (const init of ['pissa', 'olora'] as const) {
    const config = { r: 3, alpha: 6, init };
    const adapter = await createAdapter({ model, method: lora, config, seed: 0 });
    const folder = `${await temporaryFolder()}/saved`;
    await saveAdapter(folder, adapter, { baseModel: 'base_llama' });
    const loaded = await loadAdapter(folder, { model, methods });
    expect(loaded.config).toMatchObject({ r: 6, alpha: 12, init: 'kaiming-uniform' });
  }
});

import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { ia3 } from '@tunesmith/adapter';
import { lora } from '@tunesmith/lora';
import { toHostTensor } from '@tunesmith/models';
import { loadModel, readSafetensors } from '@tunesmith/models/node';
import type { PeftMethod } from '@tunesmith/peft';
import { loadAdapter } from '@tunesmith/peft/node';
import { openDevice } from '@tunesmith/runtime/node';
import type { RunEvent, Tokenized } from '@tunesmith/schema';
import { describe, expect, inject, test } from 'vitest';
import { train } from './train.ts';

const methods = [lora, ia3] as unknown as PeftMethod[];
const fixtures = fileURLToPath(new URL('../../../testing/fixtures/', import.meta.url));

interface Trajectory {
  base: string;
  steps: number;
  gradient_accumulation: number;
  batch_size: number;
  sequence_length: number;
  optimizer: { lr: number; weight_decay: number; eps: number; betas: [number, number] };
  max_grad_norm: number;
  schedule: { name: string; warmup_steps: number };
  log: { step: number; loss: number; grad_norm: number; lr: number; tokens: number }[];
}

/** The micro-batches of a fixture as records, in the order they were fed to torch. */
async function records(folder: string): Promise<Tokenized[]> {
  const { tensors } = await readSafetensors(`${folder}/batches.safetensors`);
  const [ids, labels] = ['input_ids', 'labels'].map((name) => toHostTensor(tensors[name]!, name));
  const length = ids!.shape.at(-1)!;
  const row = (data: ArrayLike<number>, index: number) =>
    Array.from(data).slice(index * length, (index + 1) * length);
  return Array.from({ length: ids!.data.length / length }, (_, index) => ({
    id: `row ${index}`,
    input_ids: row(ids!.data, index),
    labels: row(labels!.data, index),
  }));
}

describe.each(['llama_lora_adamw_linear', 'llama_lora_all_accum', 'gpt2_ia3_constant'])(
  'the torch trajectory %s',
  (name) => {
    test.each(inject('devices'))('is reproduced on %s', async (deviceName) => {
      const folder = `${fixtures}training/${name}`;
      const trajectory = JSON.parse(
        await readFile(`${folder}/trajectory.json`, 'utf8'),
      ) as Trajectory;
      const model = await loadModel(`${fixtures}peft/${trajectory.base}`);
      const adapter = await loadAdapter(`${folder}/init`, { model, methods });
      const final = await loadAdapter(`${folder}/final`, { model, methods });
      const device = await openDevice(deviceName);
      const steps: Extract<RunEvent, { type: 'step' }>[] = [];
      const result = await train({
        model,
        adapters: [adapter],
        data: await records(folder),
        device,
        seed: 0,
        training: {
          steps: trajectory.steps,
          batch_size: trajectory.batch_size,
          gradient_accumulation: trajectory.gradient_accumulation,
          max_length: trajectory.sequence_length,
          packing: false,
          shuffle: false,
          max_grad_norm: trajectory.max_grad_norm,
          optimizer: {
            name: 'adamw',
            learning_rate: trajectory.optimizer.lr,
            weight_decay: trajectory.optimizer.weight_decay,
            betas: trajectory.optimizer.betas,
            epsilon: trajectory.optimizer.eps,
          },
          schedule: {
            name: trajectory.schedule.name,
            ...(trajectory.schedule.name === 'constant'
              ? {}
              : { warmup_steps: trajectory.schedule.warmup_steps }),
          },
        },
        onEvent: (event) => event.type === 'step' && steps.push(event),
      });
      for (const [index, expected] of trajectory.log.entries()) {
        const step = steps[index]!;
        expect(step.step).toBe(expected.step);
        expect(step.supervised_tokens).toBe(expected.tokens);
        expect(Math.abs(step.loss / expected.loss - 1), `loss of step ${step.step}`).toBeLessThan(
          1e-4,
        );
        expect(
          Math.abs(step.grad_norm / expected.grad_norm - 1),
          `gradient norm of step ${step.step}`,
        ).toBeLessThan(1e-4);
        expect(step.learning_rate).toBeCloseTo(expected.lr, 12);
      }
      for (const [tensor, { data }] of Object.entries(final.parameters)) {
        const ours = result.adapters[0]!.parameters[tensor]!.data;
        const worst = Math.max(...Array.from(data, (value, i) => Math.abs(value - ours[i]!)));
        expect(worst, tensor).toBeLessThan(1e-4);
      }
      await device.close();
    });
  },
);

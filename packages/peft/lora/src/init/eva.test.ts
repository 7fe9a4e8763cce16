import type { LinearSite } from '@tunesmith/models';
import { createAdapter } from '@tunesmith/peft';
import type { HostTensor } from '@tunesmith/runtime';
import { sfc32 } from '@tunesmith/schema';
import { tinyModel } from '@tunesmith/testing';
import { expect, test } from 'vitest';
import { lora } from '../index.ts';

const model = tinyModel('llama');

/** Inputs that vary along a few channels only: `channels[i]` with deviation `deviations[i]`. */
function inputs(width: number, deviations: readonly number[]): HostTensor {
  const random = sfc32(3, 'inputs');
  const data = new Float32Array(200 * width);
  for (let token = 0; token < 200; token += 1)
    deviations.forEach((deviation, channel) => {
      data[token * width + channel] = 5 + deviation * (2 * random() - 1);
    });
  return { shape: [200, width], dtype: 'float32', data };
}

test('A begins along the directions in which the inputs vary, and ranks go where they explain most', async () => {
  // Layer 0 sees one direction that says everything; layer 1 three that say something each.
  const narrow = inputs(12, [9]);
  const broad = inputs(12, [3, 2.5, 2]);
  const activations = (sites: readonly LinearSite[]) =>
    Promise.resolve(
      new Map(sites.map(({ name, layer }) => [name, layer === 0 ? narrow : broad] as const)),
    );
  const adapter = await createAdapter({
    model,
    method: lora,
    config: { r: 2, alpha: 4, targets: ['q_proj'], init: 'eva' },
    seed: 0,
    activations,
  });
  const a = (layer: number) =>
    adapter.parameters[`model.layers.${layer}.self_attn.q_proj.lora_A.weight`]!;
  expect(a(0).shape).toEqual([1, 12]);
  expect(Math.abs(a(0).data[0]!)).toBeCloseTo(1, 4);
  expect(a(1).shape).toEqual([3, 12]);
  expect(Math.abs(a(1).data[0]!)).toBeGreaterThan(0.9);
  // alpha goes with the rank, so that the scale stays 2.
  expect(adapter.config.alpha_pattern).toEqual({
    'model\\.layers\\.0\\.self_attn\\.q_proj': 2,
    'model\\.layers\\.1\\.self_attn\\.q_proj': 6,
  });
  const b = adapter.parameters['model.layers.1.self_attn.q_proj.lora_B.weight']!;
  expect(b.data.every((value) => value === 0)).toBe(true);
});

test('without data it says what is missing', async () => {
  const config = { init: 'eva' };
  await expect(createAdapter({ model, method: lora, config, seed: 0 })).rejects.toThrow(
    'init eva looks at what the targets see in the data',
  );
});

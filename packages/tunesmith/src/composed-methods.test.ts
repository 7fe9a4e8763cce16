import { placeModel } from '@tunesmith/models';
import { adapter as bottleneck } from '@tunesmith/adapter';
import { bitfit } from '@tunesmith/bitfit';
import { lora } from '@tunesmith/lora';
import { adapterLogits, createAdapter, type Adapter, type PeftMethod } from '@tunesmith/peft';
import { prompt } from '@tunesmith/prompt';
import { openDevice } from '@tunesmith/runtime/node';
import { perturbed, tinyModel } from '@tunesmith/testing';
import { train } from '@tunesmith/trainer';
import { afterAll, describe, expect, it } from 'vitest';

const model = tinyModel('llama', 0);
const device = await openDevice('cpu');
const placed = await placeModel(model, device);
afterAll(() => device.close());

const make = (name: string, method: PeftMethod<never>, config: object = {}): Promise<Adapter> =>
  createAdapter({
    model,
    method: method as unknown as PeftMethod,
    config,
    name,
    seed: 3,
  }) as Promise<Adapter>;

const methods = {
  lora: () => make('lora', lora as never, { r: 2, targets: ['q_proj', 'v_proj'] }),
  adapter: () => make('adapter', bottleneck as never),
  prompt: () => make('prompt', prompt as never, { virtual_tokens: 2 }),
  bitfit: () => make('bitfit', bitfit as never),
};

const ids = [[3, 5, 7, 11, 13]];
const logitsWith = async (adapters: readonly Adapter[]): Promise<Float32Array> => {
  const switches = adapters.map((adapter) => ({ adapter }));
  return (await adapterLogits({ placed, adapters: switches, ids })).data as Float32Array;
};

/** The last position's logits: they are there with and without virtual tokens. */
const last = (logits: Float32Array): number[] => Array.from(logits.slice(-model.spec.vocabulary));

describe('methods of different kinds on one model', () => {
  it('have no effect together before training', async () => {
    const base = last(await logitsWith([]));
    const together = last(
      await logitsWith([await methods.lora(), await methods.adapter(), await methods.bitfit()]),
    );
    together.forEach((value, i) => expect(value).toBeCloseTo(base[i]!, 5));
  });

  it('add up: each changes what the others give', async () => {
    const [first, second] = [
      perturbed(await methods.lora(), 0.1, 5),
      perturbed(await methods.bitfit(), 0.1, 6),
    ];
    const alone = last(await logitsWith([first]));
    const together = last(await logitsWith([first, second]));
    const distance = Math.max(...together.map((value, i) => Math.abs(value - alone[i]!)));
    expect(distance).toBeGreaterThan(1e-3);
  });

  it('train together, every one of them', async () => {
    const adapters = await Promise.all(Object.values(methods).map((create) => create()));
    const losses: number[] = [];
    const { adapters: trained } = await train({
      model,
      adapters,
      data: [{ id: 'a', input_ids: [3, 5, 7, 11, 13, 2], labels: [-100, -100, 7, 11, 13, 2] }],
      training: {
        steps: 24,
        batch_size: 1,
        max_length: 16,
        optimizer: { learning_rate: 0.02 },
        schedule: { name: 'constant' },
        checkpoint_every: 0,
      },
      device,
      seed: 0,
      onEvent: (event) => event.type === 'step' && losses.push(event.loss),
    });
    expect(losses.at(-1)!).toBeLessThan(losses[0]! / 2);
    for (const [index, adapter] of trained.entries()) {
      const before = adapters[index]!.parameters;
      const moved = Object.keys(before).filter((name) =>
        before[name]!.data.some((value, i) => value !== adapter.parameters[name]!.data[i]),
      );
      expect(moved, adapter.name).not.toEqual([]);
    }
  });
});

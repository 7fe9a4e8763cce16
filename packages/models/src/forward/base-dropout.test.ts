import { type HostTensor } from '@tunesmith/runtime';
import { openDevice } from '@tunesmith/runtime/node';
import { afterAll, expect, test } from 'vitest';
import { bert } from '../architectures/bert/bert.ts';
import { gpt2 } from '../architectures/gpt2/gpt2.ts';
import { t5 } from '../architectures/t5/t5.ts';
import { initializeParameters } from '../checkpoint/initialize.ts';
import { createScope } from './scope.ts';

const device = await openDevice('cpu');
afterAll(() => device.close());

const int = (...data: number[]): HostTensor => ({
  dtype: 'int32',
  shape: [1, data.length],
  data: Int32Array.from(data),
});

const families = {
  gpt2: {
    architecture: gpt2,
    configuration: {
      model_type: 'gpt2',
      n_embd: 8,
      n_head: 2,
      n_layer: 1,
      n_positions: 8,
      vocab_size: 9,
    },
    rates: ['embd_pdrop', 'attn_pdrop', 'resid_pdrop'],
  },
  bert: {
    architecture: bert,
    configuration: {
      model_type: 'bert',
      hidden_size: 8,
      intermediate_size: 12,
      num_hidden_layers: 1,
      num_attention_heads: 2,
      max_position_embeddings: 8,
      vocab_size: 9,
    },
    rates: ['hidden_dropout_prob', 'attention_probs_dropout_prob'],
  },
  t5: {
    architecture: t5,
    configuration: {
      model_type: 't5',
      d_model: 8,
      d_kv: 4,
      d_ff: 12,
      num_layers: 1,
      num_heads: 2,
      vocab_size: 9,
    },
    rates: ['dropout_rate'],
  },
};

/** Hidden states with the rates given; without a seed the base's dropout is off. */
async function hidden(
  name: keyof typeof families,
  rates: object,
  seed?: number,
): Promise<number[]> {
  const { architecture, configuration } = families[name];
  const spec = architecture.spec({ ...configuration, ...rates });
  const run = device.jit('dropped', ({ ids, positions, seed, ...parameters }) => {
    const baseDropout = seed ? { baseDropout: { seed } } : {};
    const scope = createScope({ parameters, ...baseDropout });
    const sequence = { ids: ids!, positions: positions! };
    return { hidden: architecture.forward(spec, scope, { ...sequence, source: sequence }).hidden };
  });
  const outputs = await run({
    ...initializeParameters(spec, 1, { std: 0.3 }),
    ids: int(1, 2, 3),
    positions: int(0, 1, 2),
    ...(seed === undefined
      ? {}
      : { seed: { dtype: 'int32', shape: [], data: Int32Array.of(seed) } as const }),
  });
  return [...(await device.read(outputs['hidden']!)).data];
}

test.each(['gpt2', 'bert', 't5'] as const)(
  'the own dropout of %s acts at each of its rates, and is off without a seed',
  async (name) => {
    const { rates } = families[name];
    const all = (rate: number): object => Object.fromEntries(rates.map((key) => [key, rate]));
    const off = await hidden(name, all(0.5));
    expect(await hidden(name, all(0), 7)).toEqual(off);
    for (const key of rates) {
      const dropped = await hidden(name, { ...all(0), [key]: 0.5 }, 7);
      expect(dropped, key).not.toEqual(off);
      expect(await hidden(name, { ...all(0), [key]: 0.5 }, 7)).toEqual(dropped);
      expect(await hidden(name, { ...all(0), [key]: 0.5 }, 8)).not.toEqual(dropped);
    }
  },
);

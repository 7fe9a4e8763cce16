import { type HostTensor, type TensorMap } from '@tunesmith/runtime';
import { openDevice } from '@tunesmith/runtime/node';
import { afterAll, expect, it } from 'vitest';
import { gpt2 } from '../architectures/gpt2/gpt2.ts';
import { llama } from '../architectures/llama/llama.ts';
import { initializeParameters } from '../checkpoint/initialize.ts';
import { createScope } from './scope.ts';

const device = await openDevice('cpu');
afterAll(() => device.close());

const configurations = {
  llama: {
    model_type: 'llama',
    hidden_act: 'silu',
    vocab_size: 17,
    hidden_size: 8,
    intermediate_size: 12,
    num_hidden_layers: 2,
    num_attention_heads: 2,
    num_key_value_heads: 1,
    max_position_embeddings: 16,
    rms_norm_eps: 1e-6,
  },
  gpt2: {
    model_type: 'gpt2',
    activation_function: 'gelu_new',
    vocab_size: 17,
    n_embd: 8,
    n_head: 2,
    n_layer: 2,
    n_positions: 16,
    layer_norm_epsilon: 1e-5,
  },
};

const int = (data: number[], shape: number[]): HostTensor => ({
  data: Int32Array.from(data),
  shape,
  dtype: 'int32',
});

it.each(['llama', 'gpt2'] as const)(
  '%s gives the hidden states at logitsToKeep positions as it gives them among all',
  async (name) => {
    const architecture = { llama, gpt2 }[name];
    const spec = architecture.spec(configurations[name]);
    const batch = {
      ids: int([3, 5, 7, 11, 13, 2, 4, 6], [2, 4]),
      positions: int([0, 1, 2, 3, 0, 1, 2, 3], [2, 4]),
      segmentIds: int([1, 1, 1, 1, 1, 1, 1, 1], [2, 4]),
    };
    const run = device.jit(`logitsToKeep.${name}`, (inputs: TensorMap) => {
      const { ids, positions, segmentIds, logitsToKeep, ...parameters } = inputs;
      const given = { ids: ids!, positions: positions!, segmentIds: segmentIds! };
      const some = logitsToKeep ? { ...given, logitsToKeep } : given;
      return { hidden: architecture.forward(spec, createScope({ parameters }), some).hidden };
    });
    const feeds = { ...initializeParameters(spec, 1), ...batch };
    const all = await device.read((await run(feeds))['hidden']!);
    const logitsToKeep = [6, 1, 6];
    const some = await device.read(
      (await run({ ...feeds, logitsToKeep: int(logitsToKeep, [3]) }))['hidden']!,
    );
    expect(some.shape).toEqual([1, 3, 8]);
    const expected = logitsToKeep.flatMap((at) => Array.from(all.data.slice(at * 8, at * 8 + 8)));
    Array.from(some.data).forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 5));
  },
);

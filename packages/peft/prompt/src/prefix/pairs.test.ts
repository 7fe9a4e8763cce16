import { expect, it } from 'vitest';
import { loadModel } from '@tunesmith/models/node';
import { createAdapter } from '@tunesmith/peft';
import { perturbed } from '@tunesmith/testing';
import { prefixTuning } from './method.ts';

const model = await loadModel(
  new URL('../../../../models/test-support/fixtures/t5', import.meta.url).pathname,
);

it('reads what PEFT makes for an encoder-decoder: of L layers, layer l has rows 4l and 4l + 1 modulo 2L', () => {
  // One token; keys are 32 wide; the decoder has two layers, and PEFT counts the encoder's three.
  const row = (value: number): number[] => Array.from({ length: 32 }, () => value);
  const { parameters } = prefixTuning.files.read(
    {
      directory: 'made',
      config: {
        peft_type: 'PREFIX_TUNING',
        task_type: 'SEQ_2_SEQ_LM',
        num_virtual_tokens: 1,
        num_transformer_submodules: 2,
      },
      tensors: {
        prompt_embeddings: {
          shape: [1, 6 * 32],
          dtype: 'float32',
          data: Float32Array.from([0, 1, 2, 3, 4, 5].flatMap(row)),
        },
      },
    },
    model.spec,
  );
  expect([...parameters['prompt_embeddings']!.data]).toEqual([0, 1, 4, 5].flatMap(row));
});

it('writes an odd number of layers, so that each of the decoder has rows of its own', async () => {
  const adapter = perturbed(
    await createAdapter({ model, method: prefixTuning, config: { virtual_tokens: 2 }, seed: 0 }),
  );
  const files = prefixTuning.files.write(adapter, { baseModel: 't5' });
  expect(files.config).toMatchObject({ num_layers: 3, num_transformer_submodules: 2 });
  expect(files.tensors['prompt_embeddings']!.shape).toEqual([2, 6 * 32]);
  const back = prefixTuning.files.read({ directory: 'made', ...files }, model.spec);
  expect(back.parameters).toEqual(adapter.parameters);
});

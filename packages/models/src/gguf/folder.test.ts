import { memoryFiles, readBytes, readText, type Files } from '@tunesmith/schema';
import { nodeFiles } from '@tunesmith/schema/node';
import { expect, test } from 'vitest';
import { golden, temporaryFolder } from '../../test-support/fixtures.ts';
import { ggufBytes, type GgufParts } from '../../test-support/gguf-bytes.ts';
import { modelFolder } from '../checkpoint/folder.ts';
import { loadModel } from '../checkpoint/load.ts';
import { loadModel as loadFrom } from '../node/load.ts';
import { saveModel } from '../node/save.ts';
import { loadTokenizer } from '../tokenizer/load.ts';

const goldens = nodeFiles(golden('gguf'));
const holding = async (...names: string[]): Promise<Files> =>
  memoryFiles(
    Object.fromEntries(
      await Promise.all(names.map(async (name) => [name, await readBytes(goldens, name)] as const)),
    ),
  );

/** Sizes of a model without tensors. */
const sizes: GgufParts['values'] = [
  ['llama.embedding_length', 4, 8],
  ['llama.block_count', 4, 1],
  ['llama.feed_forward_length', 4, 8],
  ['llama.attention.head_count', 4, 2],
  ['llama.context_length', 4, 16],
  ['llama.attention.layer_norm_rms_epsilon', 6, 1e-5],
  ['llama.vocab_size', 4, 4],
];
const made = (parts: GgufParts): Files => memoryFiles({ 'a.gguf': ggufBytes(parts) });

test('a folder with nothing but a GGUF file is a model, with a configuration to be copied', async () => {
  const { spec, files } = await loadModel(await holding('base_llama.gguf'));
  expect(spec).toMatchObject({ modelType: 'llama', width: 16 });
  const text = await readText(files!, 'config.json');
  expect(JSON.parse(text)).toMatchObject({ hidden_size: 16, rope_theta: 10_000 });
});

test('several GGUF files beside each other: one must be named', async () => {
  await expect(modelFolder(await holding('base_llama.gguf', 'gemma.gguf'))).rejects.toThrow(
    /holds 2 GGUF files: base_llama\.gguf, gemma\.gguf; accepted: the path of one/,
  );
});

test('a model from a GGUF file is saved in the layout of Hugging Face', async () => {
  const folder = `${await temporaryFolder()}/saved`;
  const model = await loadFrom(golden('gguf/base_llama.gguf'));
  await saveModel(model, folder);
  const again = await loadFrom(folder);
  const name = 'model.layers.0.self_attn.q_proj.weight';
  expect(await again.weights.read(name)).toEqual(await model.weights.read(name));
});

test('a file of a vocabulary alone, as llama.cpp brings some, is a tokenizer', async () => {
  const values: GgufParts['values'] = [
    ...sizes!.slice(0, -1),
    ['tokenizer.ggml.model', 8, 'gpt2'],
    ['tokenizer.ggml.tokens', 9, { type: 8, values: ['a', 'b', 'ab'] }],
    ['tokenizer.ggml.merges', 9, { type: 8, values: ['a b'] }],
  ];
  const tokenizer = await loadTokenizer(made({ values }));
  expect(tokenizer.encode('aba')).toEqual([2, 0]);
});

test.each<[string, GgufParts, string]>([
  [
    'an unknown architecture',
    { architecture: 'llamas' },
    'the model is of the architecture "llamas", which is not read',
  ],
  [
    'a setting that is not followed',
    { values: [...sizes, ['llama.attention.clamp_kqv', 6, 8]] },
    '"llama.attention.clamp_kqv" is 8, and models of this kind do not follow it here',
  ],
  ['a size that is missing', { values: sizes.slice(1) }, '"llama.embedding_length" is missing'],
  [
    'a scaling of another kind',
    { values: [...sizes, ['llama.rope.scaling.type', 8, 'spiral']] },
    '"llama.rope.scaling.type" is "spiral"; accepted: none, linear or yarn',
  ],
  [
    'one file of several',
    { values: [...sizes, ['split.count', 4, 3]] },
    'a.gguf: the file is one of 3 that belong together, and its name does not say which',
  ],
  [
    'an adapter',
    { values: [...sizes, ['general.type', 8, 'adapter']] },
    'a.gguf: the file is an adapter of llama.cpp, not a model; accepted: the model that it changes',
  ],
  [
    'layers beyond all tensors',
    {
      values: sizes.map(([key, type, value]) =>
        key === 'llama.block_count' ? [key, type, 1e9] : [key, type, value],
      ),
    },
    '"num_hidden_layers" is 1000000000, and the weights hold 0 tensors',
  ],
  [
    'heads beyond all rows',
    {
      values: sizes.map(([key, type, value]) =>
        key === 'llama.attention.head_count' ? [key, type, 4e9] : [key, type, value],
      ),
      tensors: [{ name: 'blk.0.attn_q.weight', sizes: [8, 8], type: 0, offset: 0 }],
      data: 256,
    },
    'tensor "blk.0.attn_q.weight" has 8 rows',
  ],
  [
    'a tensor that no model has',
    {
      values: sizes,
      tensors: [
        { name: 'blk.0.wrong.weight', sizes: [8, 8], type: 0, offset: 0 },
        { name: 'token_embd.weight', sizes: [8, 4], type: 0, offset: 256 },
      ],
      data: 512,
    },
    'tensor "blk.0.wrong.weight" is not part of the model',
  ],
  [
    'blocks that are not decoded',
    {
      values: sizes,
      tensors: [{ name: 'rope_freqs.weight', sizes: [256], type: 16, offset: 0 }],
      data: 96,
    },
    'tensor "rope_freqs.weight" is stored in IQ2_XXS, which is not decoded',
  ],
])('%s is an error that names it', async (_, parts, message) => {
  await expect(loadModel(made(parts))).rejects.toThrow(message);
});

test('a folder of transformers.js alone is named as what it is', async () => {
  const files = memoryFiles({ 'config.json': '{}', 'onnx/model.onnx': new Uint8Array(8) });
  await expect(modelFolder(files)).rejects.toThrow(
    /onnx\/model\.onnx is a model in ONNX, which is written for other programs and not read; accepted: what it was made from/,
  );
});

test('a file of safetensors is not a model: its folder is', async () => {
  await expect(loadFrom(golden('llama_bfloat16/model.safetensors'))).rejects.toThrow(
    /model\.safetensors is a file of a model.*accepted: the folder .*llama_bfloat16/,
  );
});

test('a folder of pickles alone is refused with the reason', async () => {
  const files = memoryFiles({ 'config.json': '{}', 'pytorch_model.bin': 'PK' });
  await expect(loadModel(files)).rejects.toThrow('pytorch_model.bin is a pickle');
});

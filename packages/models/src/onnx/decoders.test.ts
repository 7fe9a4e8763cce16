import { join } from 'node:path';
import type { Device } from '@tunesmith/runtime';
import { openDevice, openOnnx, type OnnxTensor, type OpenedOnnx } from '@tunesmith/runtime/node';
import { nodeFiles } from '@tunesmith/schema/node';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { checkpointFolder } from '../../test-support/checkpoint-fixtures.ts';
import {
  golden,
  peftFixture,
  temporaryFolder,
  worstDifference,
} from '../../test-support/fixtures.ts';
import { createLanguageModel } from '../language-model/language-model.ts';
import type { Model } from '../model.ts';
import { loadModel } from '../node/load.ts';
import { placeModel } from '../weights/place.ts';
import type { OnnxEncoding } from './place-weights.ts';
import { saveOnnx } from './save-onnx.ts';

let device: Device;
beforeAll(async () => {
  device = await openDevice('cpu');
});
afterAll(() => device.close());

const folderOf = (name: string): string => {
  if (name.startsWith('base_')) return peftFixture(name);
  const isGolden = /^gpt2|^mistral$|yarn|linear_rope|tied_biases|qwen2_tied/.test(name);
  return isGolden ? golden(name) : join(checkpointFolder, name);
};

/** A row of nine tokens and one of six: the second is padded on its left to the length of the first. */
const rows = [
  [3, 17, 5, 29, 11, 30, 8, 21, 2],
  [14, 9, 27, 4, 19, 12],
] as const;
const padding = rows[0].length - rows[1].length;
const ids = [rows[0], [...Array<number>(padding).fill(0), ...rows[1]]];
const seen = ids.map((row, which) => row.map((_, at) => (which === 1 && at < padding ? 0 : 1)));
const positions = seen.map((row, which) =>
  row.map((one, at) => (one === 0 ? 1 : at - (which === 1 ? padding : 0))),
);

/** The model's own logits of the two rows, each alone, as they lie in the padded batch; undefined where there is padding. */
async function ownLogits(model: Model): Promise<(Float32Array | undefined)[][]> {
  const placed = await placeModel(model, device);
  onTestFinished(() => placed.dispose());
  const language = createLanguageModel({ placed });
  onTestFinished(() => language.dispose());
  const vocabulary = model.spec.vocabulary;
  return Promise.all(
    rows.map(async (row, which) => {
      const { data } = await language.logits([row]);
      const each = row.map((_, at) =>
        (data as Float32Array).slice(at * vocabulary, (at + 1) * vocabulary),
      );
      return [...Array<undefined>(which === 1 ? padding : 0), ...each];
    }),
  );
}

async function exported(model: Model, encoding: OnnxEncoding = 'f32'): Promise<OpenedOnnx> {
  const folder = await temporaryFolder();
  const [path] = await saveOnnx(model, nodeFiles(folder), { encodings: [encoding] });
  const opened = await openOnnx(join(folder, path!));
  onTestFinished(() => opened.close());
  return opened;
}

const integers = (all: readonly (readonly number[])[]): OnnxTensor => ({
  shape: [all.length, all[0]!.length],
  data: BigInt64Array.from(all.flat(), BigInt),
});

/** Logits of the batch, its tokens given in pieces that end at `ends`, each piece with the cache of those before. */
async function logitsOf(
  { spec }: Model,
  opened: OpenedOnnx,
  ends: readonly number[],
  places = positions,
): Promise<Float32Array[][]> {
  let cache: Record<string, OnnxTensor> = Object.fromEntries(
    spec.caches.flatMap(({ shape: [kvHeads, headDim] }, layer) =>
      ['key', 'value'].map((name) => [
        `past_key_values.${layer}.${name}`,
        { shape: [2, kvHeads, 0, headDim], data: new Float32Array() },
      ]),
    ),
  );
  const found: Float32Array[][] = [[], []];
  let begin = 0;
  for (const end of ends) {
    const part = (all: readonly (readonly number[])[]) =>
      integers(all.map((row) => row.slice(begin, end)));
    const { logits, ...present } = await opened.run({
      input_ids: part(ids),
      attention_mask: integers(seen.map((row) => row.slice(0, end))),
      position_ids: part(places),
      ...cache,
    });
    cache = Object.fromEntries(
      Object.entries(present).map(([name, tensor]) => [
        name.replace('present', 'past_key_values'),
        tensor,
      ]),
    );
    const { vocabulary } = spec;
    for (let i = 0; i < 2 * (end - begin); i++) {
      const one = logits!.data.slice(i * vocabulary, (i + 1) * vocabulary) as Float32Array;
      found[i < end - begin ? 0 : 1]!.push(one);
    }
    begin = end;
  }
  return found;
}

function furthest(
  found: readonly (readonly Float32Array[])[],
  expected: readonly (readonly (Float32Array | undefined)[])[],
): number {
  return Math.max(
    ...expected.flatMap((row, which) =>
      row.map((own, at) => (own ? worstDifference(found[which]![at]!, own) : 0)),
    ),
  );
}

describe('logits in float32 are those of the model, whole and step by step, beside a padded row', () => {
  const names = `
    bloom bloom_after cohere falcon falcon_alibi falcon_multi_query gemma gemma2
    gemma3 gpt_neox gpt_neox_in_turn granite llama3_rope mixtral mistral_window olmo2
    opt opt_projected phi3 qwen3 qwen3_moe smollm3 smollm3_sliding smollm3_windows
    starcoder2 llama_own_head base_gpt2 base_llama base_qwen2 llama_yarn_rope llama_tied_biases gpt2_relu`;
  test.for(names.trim().split(/\s+/))('%s', async (name) => {
    const model = await loadModel(folderOf(name));
    const expected = await ownLogits(model);
    const opened = await exported(model);
    expect(furthest(await logitsOf(model, opened, [9]), expected)).toBeLessThan(1e-4);
    const inSteps = await logitsOf(model, opened, [4, 6, 7, 8, 9]);
    expect(furthest(inSteps, expected)).toBeLessThan(1e-4);
  });
});

test('positions of a long text are turned as its length wants it', async () => {
  const model = await loadModel(folderOf('phi3_long'));
  const found = await logitsOf(model, await exported(model), [9]);
  expect(furthest(found, await ownLogits(model))).toBeLessThan(1e-4);
});

test.for([
  ['f16', 0.01],
  ['q8', 0.15],
  ['q4', 1],
] as const)('in %s logits are near those of the model', async ([encoding, most]) => {
  const model = await loadModel(folderOf('qwen3'));
  const expected = await ownLogits(model);
  const found = await logitsOf(model, await exported(model, encoding), [5, 9]);
  const difference = furthest(found, expected);
  expect(difference).toBeGreaterThan(1e-5);
  expect(difference).toBeLessThan(most);
});

test('what is seen does not hang on where positions are counted from', async () => {
  const model = await loadModel(folderOf('gemma3'));
  const expected = await ownLogits(model);
  const fromOne = positions.map((row) => row.map((one) => one + 1));
  const found = await logitsOf(model, await exported(model), [5, 9], fromOne);
  expect(furthest(found, expected)).toBeLessThan(1e-4);
});

test('a model without positions in its inputs is not asked for them', async () => {
  const opened = await exported(await loadModel(folderOf('bloom')));
  const names = opened.inputs.map(({ name }) => name);
  expect(names.slice(0, 3)).toEqual(['input_ids', 'attention_mask', 'past_key_values.0.key']);
});

test('axes have the names that other exporters give them', async () => {
  const opened = await exported(await loadModel(folderOf('base_llama')));
  const shapes = Object.fromEntries(opened.inputs.map(({ name, shape }) => [name, shape]));
  expect(shapes['input_ids']).toEqual(['batch_size', 'sequence_length']);
  expect(shapes['attention_mask']).toEqual(['batch_size', 'total_sequence_length']);
  expect(shapes['past_key_values.0.key']).toEqual(['batch_size', 2, 'past_sequence_length', 4]);
});

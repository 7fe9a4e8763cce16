import { join } from 'node:path';
import type { Device } from '@tunesmith/runtime';
import { openDevice, openOnnx, type OnnxTensor, type OpenedOnnx } from '@tunesmith/runtime/node';
import { nodeFiles } from '@tunesmith/schema/node';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { checkpointFolder } from '../../test-support/checkpoint-fixtures.ts';
import { temporaryFolder, worstDifference } from '../../test-support/fixtures.ts';
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

/** Three sources of unequal lengths; those that are shorter are padded on their right. */
const sources = [
  [3, 17, 5, 29, 11, 30, 8, 21, 2],
  [14, 9, 27, 4],
  [40, 6, 31, 12, 19, 2],
];
const longest = Math.max(...sources.map((one) => one.length));
const padded = sources.map((one) => [...one, ...Array<number>(longest - one.length).fill(0)]);
const mask = sources.map((one) => padded[0]!.map((_, at) => (at < one.length ? 1 : 0)));
const steps = 8;

const integers = (rows: readonly (readonly number[])[]): OnnxTensor => ({
  shape: [rows.length, rows[0]!.length],
  data: BigInt64Array.from(rows.flat(), BigInt),
});

interface Exported {
  readonly encoder: OpenedOnnx;
  readonly decoder: OpenedOnnx;
}

async function exported(model: Model, encoding: OnnxEncoding = 'f32'): Promise<Exported> {
  const folder = await temporaryFolder();
  const paths = await saveOnnx(model, nodeFiles(folder), { encodings: [encoding] });
  const open = async (part: string): Promise<OpenedOnnx> => {
    const opened = await openOnnx(
      join(
        folder,
        paths.find((path) => path.includes(part))!,
      ),
    );
    onTestFinished(() => opened.close());
    return opened;
  };
  return { encoder: await open('encoder_model'), decoder: await open('decoder_model_merged') };
}

interface Written {
  readonly ids: number[][];
  /** Of each row, the logits before each of its ids. */
  readonly logits: Float32Array[][];
}

/** What is written greedily after the sources side by side, as transformers.js feeds the two models. */
async function written(model: Model, { encoder, decoder }: Exported): Promise<Written> {
  const seen = integers(mask);
  const { last_hidden_state: hidden } = await encoder.run({
    input_ids: integers(padded),
    attention_mask: seen,
  });
  const { vocabulary, decoderStart } = model.spec;
  let past: Record<string, OnnxTensor> = Object.fromEntries(
    decoder.inputs
      .filter(({ name }) => name.startsWith('past'))
      .map(({ name, shape: [, heads, , headDim] }) => [
        name,
        { shape: [sources.length, Number(heads), 0, Number(headDim)], data: new Float32Array() },
      ]),
  );
  let last = sources.map(() => [decoderStart!]);
  const found: Written = { ids: sources.map(() => []), logits: sources.map(() => []) };
  for (let step = 0; step < steps; step++) {
    const { logits, ...present } = await decoder.run({
      input_ids: integers(last),
      encoder_hidden_states: hidden!,
      encoder_attention_mask: seen,
      use_cache_branch: { shape: [1], data: Uint8Array.of(step > 0 ? 1 : 0) },
      ...past,
    });
    past = Object.fromEntries(
      Object.entries(present).map(([name, tensor]) => {
        const own = name.replace('present', 'past_key_values');
        // What the source gave stays as the first step computed it.
        return [own, step > 0 && own.includes('encoder') ? past[own]! : tensor];
      }),
    );
    last = sources.map((_, row) => {
      const one = logits!.data.slice(row * vocabulary, (row + 1) * vocabulary) as Float32Array;
      const id = one.indexOf(Math.max(...one));
      found.logits[row]!.push(one);
      found.ids[row]!.push(id);
      return [id];
    });
  }
  return found;
}

async function language(model: Model) {
  const placed = await placeModel(model, device);
  onTestFinished(() => placed.dispose());
  const own = createLanguageModel({ placed });
  onTestFinished(() => own.dispose());
  return own;
}

describe('greedy texts and logits are those of the model, beside padded sources', () => {
  test.for(['t5', 't5_own_head', 'flan_t5', 'mt5', 'bart', 'bart_uneven', 'mbart'])(
    '%s',
    async (name) => {
      const model = await loadModel(join(checkpointFolder, name));
      const { ids, logits } = await written(model, await exported(model));
      const own = await language(model);
      const expected = await own.generate(sources, { maximumTokens: steps });
      expect(ids).toEqual(expected.map((one) => one.ids));
      for (const [row, source] of sources.entries()) {
        const decoderIds = [[model.spec.decoderStart!, ...ids[row]!.slice(0, -1)]];
        const { data } = await own.logits([source], { decoderIds });
        const all = logits[row]!.flatMap((one) => [...one]);
        expect(worstDifference(Float32Array.from(all), data)).toBeLessThan(1e-4);
      }
    },
  );
});

test('keys and values of the source are read where they are given, and not computed', async () => {
  const model = await loadModel(join(checkpointFolder, 't5'));
  const { encoder, decoder } = await exported(model);
  const [source, seen] = [integers(padded), integers(mask)];
  const { last_hidden_state: hidden } = await encoder.run({
    input_ids: source,
    attention_mask: seen,
  });
  const none = { shape: [3, 4, 0, 8], data: new Float32Array() };
  const names = decoder.inputs.map(({ name }) => name).filter((name) => name.startsWith('past'));
  const begin = {
    input_ids: integers([[0], [0], [0]]),
    encoder_attention_mask: seen,
    ...Object.fromEntries(names.map((name) => [name, none])),
  };
  const { logits, ...present } = await decoder.run({
    ...begin,
    encoder_hidden_states: hidden!,
    use_cache_branch: { shape: [1], data: Uint8Array.of(0) },
  });
  const held = Object.fromEntries(
    names
      .filter((name) => name.includes('encoder'))
      .map((name) => [name, present[name.replace('past_key_values', 'present')]!]),
  );
  const nothing = { ...hidden!, data: new Float32Array(hidden!.data.length) };
  const again = await decoder.run({
    ...begin,
    ...held,
    encoder_hidden_states: nothing,
    use_cache_branch: { shape: [1], data: Uint8Array.of(1) },
  });
  expect(again['logits']!.data).toEqual(logits!.data);
});

test.for([
  ['f16', 0.001],
  ['q8', 0.01],
  ['q4', 0.1],
] as const)('in %s logits are off by less than %f of the largest', async ([encoding, most]) => {
  const model = await loadModel(join(checkpointFolder, 'mbart'));
  const [exact, near] = [
    await written(model, await exported(model)),
    await written(model, await exported(model, encoding)),
  ];
  const first = (one: Written): Float32Array =>
    Float32Array.from(one.logits.flatMap(([logits]) => [...logits!]));
  const largest = Math.max(...first(exact).map(Math.abs));
  const share = worstDifference(first(near), first(exact)) / largest;
  expect(share).toBeGreaterThan(1e-6);
  expect(share).toBeLessThan(most);
});

test('inputs stand in the order in which programs zip them, and axes have the usual names', async () => {
  const { decoder } = await exported(await loadModel(join(checkpointFolder, 'bart')));
  const shapes = Object.fromEntries(decoder.inputs.map(({ name, shape }) => [name, shape]));
  expect(Object.keys(shapes).slice(0, 7)).toEqual([
    'encoder_attention_mask',
    'input_ids',
    'encoder_hidden_states',
    'past_key_values.0.decoder.key',
    'past_key_values.0.decoder.value',
    'past_key_values.0.encoder.key',
    'past_key_values.0.encoder.value',
  ]);
  expect(shapes['encoder_hidden_states']).toEqual(['batch_size', 'encoder_sequence_length', 32]);
  expect(shapes['past_key_values.0.encoder.key']).toEqual([
    'batch_size',
    4,
    'encoder_sequence_length_out',
    8,
  ]);
});

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { exportOnnx } from './export-onnx.ts';
import { generate } from './generate.ts';
import { computeLogits } from './logits.ts';

/** As much of transformers.js as is asked of it here. */
interface TransformersJs {
  readonly env: { allowRemoteModels: boolean; localModelPath: string };
  pipeline(
    task: 'text-generation',
    model: string,
    options: { readonly dtype: string },
  ): Promise<
    ((
      messages: readonly object[],
      options: object,
    ) => Promise<{ generated_text: { content: string }[] }[]>) & { dispose(): Promise<void> }
  >;
  readonly Tensor: new (type: 'int64', data: BigInt64Array, shape: readonly number[]) => object;
  readonly AutoModelForSeq2SeqLM: {
    from_pretrained(
      model: string,
      options: { readonly dtype: string },
    ): Promise<{
      generate(options: object): Promise<{ tolist(): bigint[][] }>;
      dispose(): Promise<unknown>;
    }>;
  };
}

async function transformersJs(folder: string): Promise<TransformersJs> {
  const entry = join(place, 'dist/transformers.node.mjs');
  const found = (await import(pathToFileURL(entry).href)) as TransformersJs;
  found.env.allowRemoteModels = false;
  found.env.localModelPath = dirname(folder);
  return found;
}

const place = process.env['TUNESMITH_TRANSFORMERS_JS'] ?? '';
const smollm2 = process.env['TUNESMITH_SMOLLM2'] ?? '';
const nano = fileURLToPath(new URL('../../nano/model', import.meta.url));
const prompts = ['What is the capital of France?', 'Write the plural of child.', 'Name a color.'];

beforeEach((context) => {
  if (place === '')
    context.skip('TUNESMITH_TRANSFORMERS_JS names no folder of @huggingface/transformers');
});

/** What transformers.js writes after each prompt, greedily, from an exported folder. */
async function textsOf(folder: string, dtype: string): Promise<string[]> {
  const { pipeline } = await transformersJs(folder);
  const write = await pipeline('text-generation', basename(folder), { dtype });
  const texts: string[] = [];
  for (const content of prompts) {
    const [found] = await write([{ role: 'user', content }], {
      max_new_tokens: 16,
      do_sample: false,
      repetition_penalty: 1,
    });
    texts.push(found!.generated_text.at(-1)!.content);
  }
  await write.dispose();
  return texts;
}

async function compared(model: string, dtypes: readonly string[]): Promise<void> {
  const home = await mkdtemp(join(tmpdir(), 'transformers-js-'));
  onTestFinished(() => rm(home, { recursive: true, force: true }));
  const out = join(home, 'exported');
  await exportOnnx({ model, out, device: 'cpu', encodings: ['f32', 'f16', 'q8', 'q4'] });
  const conversations = prompts.map((content) => [{ role: 'user' as const, content }]);
  const written = await generate({
    model,
    prompts: conversations,
    maximumTokens: 16,
    device: 'cpu',
  });
  const own = written.map(({ text }) => text);
  for (const dtype of dtypes) expect(await textsOf(out, dtype), dtype).toEqual(own);
  const small = await textsOf(out, 'q4');
  expect(small.every((text) => text.length > 0)).toBe(true);
}

test('nano writes in transformers.js what it writes here', async () => {
  await compared(nano, ['fp32', 'fp16']);
}, 120_000);

test('SmolLM2-135M-Instruct writes in transformers.js what it writes here', async (context) => {
  if (smollm2 === '') context.skip('TUNESMITH_SMOLLM2 names no GGUF file');
  await compared(smollm2, ['fp32']);
}, 600_000);

test.for(['t5', 'bart_uneven'])(
  'after sources of unequal lengths side by side %s writes there what its own logits say',
  async (name) => {
    const home = await mkdtemp(join(tmpdir(), 'transformers-js-'));
    onTestFinished(() => rm(home, { recursive: true, force: true }));
    const fixtures = new URL('../../models/test-support/fixtures/', import.meta.url);
    const model = fileURLToPath(new URL(name, fixtures));
    const out = join(home, 'exported');
    await exportOnnx({ model, out, device: 'cpu', encodings: ['f32'] });
    const { AutoModelForSeq2SeqLM, Tensor } = await transformersJs(out);
    const tensor = (rows: readonly (readonly number[])[]) =>
      new Tensor('int64', BigInt64Array.from(rows.flat(), BigInt), [rows.length, rows[0]!.length]);
    const sources = [
      [3, 17, 5, 29, 11, 30, 8, 21, 1],
      [14, 9, 27, 4, 1],
    ];
    const padded = sources.map((one) => [...one, ...Array<number>(9 - one.length).fill(0)]);
    const seen = padded.map((row, which) =>
      row.map((_, at) => Number(at < sources[which]!.length)),
    );
    const write = await AutoModelForSeq2SeqLM.from_pretrained(basename(out), { dtype: 'fp32' });
    const written = await write.generate({
      input_ids: tensor(padded),
      attention_mask: tensor(seen),
      max_new_tokens: 8,
    });
    await write.dispose();
    for (const [row, ids] of written.tolist().entries()) {
      // The last may be forced to end the text.
      const decoderIds = [ids.slice(0, -2).map(Number)];
      const { data, shape } = await computeLogits({
        model,
        ids: [sources[row]!],
        decoderIds,
        device: 'cpu',
      });
      const vocabulary = shape[2]!;
      const likeliest = decoderIds[0]!.map((_, at) => {
        const one = (data as Float32Array).slice(at * vocabulary, (at + 1) * vocabulary);
        return one.indexOf(Math.max(...one));
      });
      expect(likeliest).toEqual(ids.slice(1, -1).map(Number));
    }
  },
);

import { join } from 'node:path';
import { renderChat } from '@tunesmith/models';
import { loadTokenizer } from '@tunesmith/models/node';
import { computeLogits, exportGguf, exportOnnx, generate, merge } from 'tunesmith/node';
import { inTemporaryFolder, peerFile, startContestant, type Contestant } from '../contestant.ts';
import { readingOf, type Reading, type Written } from './reading.ts';

/** What is exported, and where the programs are that read it. */
export interface ExportsOptions {
  /** The base: a GGUF file or a folder. */
  readonly model: string;
  /** The folder of a LoRA that was trained on it. */
  readonly adapter: string;
  /** With torch and transformers. */
  readonly python: string;
  /** A folder with node-llama-cpp among its node_modules. */
  readonly llama: string;
  /** The folder of the package @huggingface/transformers. */
  readonly transformersJs: string;
  /** Tokens written after each prompt. */
  readonly tokens: number;
  readonly say: (line: string) => void;
}

/** Questions of many kinds, so that what is written differs. */
const questions = [
  'What is the capital of France?',
  'Write the plural of "child".',
  'Name three colors.',
  'Explain in one sentence why the sky is blue.',
  'Translate "good morning" into Spanish.',
  'Is a whale a fish? Answer yes or no, and why.',
  'Write a short poem about the sea.',
  'What is 7 times 8?',
  'Give the opposite of "hot".',
  'How many syllables has the word "banana"?',
];

/** Writes a tuned model in every form, and asks the programs that read them for what they write: beside what is written here, base and adapter apart. */
export function compareExports(options: ExportsOptions): Promise<Reading[]> {
  return inTemporaryFolder('exports', (folder) => compareIn(folder, options));
}

async function compareIn(
  folder: string,
  { model, adapter, python, llama, transformersJs, tokens, say }: ExportsOptions,
): Promise<Reading[]> {
  const path = (name: string): string => join(folder, name);
  const tuned = { model, adapter, device: 'cpu' } as const;
  say('writing every form');
  await merge({ ...tuned, out: path('merged') });
  await exportGguf({ ...tuned, out: path('merged.gguf'), encoding: 'f32' });
  await exportGguf({ model, device: 'cpu', out: path('base.gguf'), encoding: 'f32' });
  await exportGguf({ ...tuned, out: path('adapter.gguf'), as: 'adapter' });
  await exportOnnx({ ...tuned, out: path('onnx'), encodings: ['f32', 'f16', 'q8', 'q4'] });

  const conversations = questions.map((content) => [{ role: 'user' as const, content }]);
  const tokenizer = await loadTokenizer(path('merged'));
  const prompts = conversations.map((messages) =>
    tokenizer.encode(renderChat(tokenizer, messages, { generationPrompt: true }).text),
  );
  say('writing here');
  const written = await generate({
    ...tuned,
    prompts: conversations,
    maximumTokens: tokens,
    ignoreEnd: true,
  });
  const own: Written[] = [];
  for (const [i, ids] of prompts.entries()) {
    const { data, shape } = await computeLogits({ ...tuned, ids: [ids] });
    const logits = [...(data as Float32Array).subarray(-shape[2]!)];
    own.push({ tokens: written[i]!.ids, logits });
  }

  const node = process.execPath;
  const llamaFile =
    (...files: string[]) =>
    () =>
      startContestant(node, [
        peerFile('llama-generate.mjs'),
        llama,
        files[0]!,
        '2',
        ...files.slice(1),
      ]);
  const onnx = (dtype: string) => () =>
    startContestant(node, [
      peerFile('transformers-js-generate.mjs'),
      transformersJs,
      path('onnx'),
      dtype,
    ]);
  const readers: Readonly<Record<string, () => Contestant>> = {
    'transformers: merged safetensors': () =>
      startContestant(python, [peerFile('transformers_generate.py'), path('merged'), '2']),
    'llama.cpp: merged GGUF': llamaFile(path('merged.gguf')),
    'llama.cpp: base GGUF with LoRA': llamaFile(path('base.gguf'), path('adapter.gguf')),
    'transformers.js: fp32': onnx('fp32'),
    'transformers.js: fp16': onnx('fp16'),
    'transformers.js: q8': onnx('q8'),
    'transformers.js: q4': onnx('q4'),
  };
  const readings: Reading[] = [];
  for (const [reader, start] of Object.entries(readers)) {
    say(reader);
    const contestant = start();
    await contestant.answer();
    const theirs: Written[] = [];
    for (const prompt of prompts) {
      contestant.tell(JSON.stringify({ kind: 'write', prompts: [prompt], tokens }));
      theirs.push(await contestant.answer<Written>());
    }
    contestant.end();
    readings.push(readingOf(reader, own, theirs));
  }
  return readings;
}

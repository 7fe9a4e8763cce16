import { readFileSync } from 'node:fs';
import type { Device } from '@tunesmith/runtime';
import { openDevice } from '@tunesmith/runtime/node';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { golden, worstDifference } from '../../test-support/fixtures.ts';
import { renderChat } from '../chat/render.ts';
import { createLanguageModel, type LanguageModel } from '../language-model/language-model.ts';
import { loadModel, loadTokenizer } from '../node/load.ts';
import type { Tokenizer } from '../tokenizer/tokenizer.ts';
import { placeModel } from '../weights/place.ts';

const path = process.env['TUNESMITH_SMOLLM2'] ?? '';
const read = <Row>(name: string): Row[] =>
  JSON.parse(readFileSync(golden(`smollm2/${name}.json`), 'utf8')) as Row[];

/** A prompt, and what llama.cpp writes after it. */
interface Answer {
  readonly text: string;
  readonly tokens: readonly number[];
  readonly logProbabilities: readonly number[];
}

describe('SmolLM2-135M-Instruct', () => {
  let device: Device;
  let tokenizer: Tokenizer;
  let language: LanguageModel;
  beforeAll(async () => {
    if (path === '') return;
    device = await openDevice();
    tokenizer = await loadTokenizer(path);
    const placed = await placeModel(await loadModel(path), device);
    language = createLanguageModel({ placed, tokenizer });
  }, 120_000);
  afterAll(() => device?.close());
  beforeEach((context) => {
    if (path === '') context.skip('TUNESMITH_SMOLLM2 names no GGUF file');
  });

  test('texts of many scripts have the token ids of llama.cpp', () => {
    for (const { text, ids } of read<{ text: string; ids: number[] }>('tokens'))
      expect(tokenizer.encode(text), text).toEqual(ids);
  });

  test('the chat template renders what transformers renders', () => {
    const [{ text } = { text: '' }] = read<{ text: string }>('prompts');
    const messages = [{ role: 'user', content: 'What is the capital of France?' }] as const;
    expect(renderChat(tokenizer, messages, { generationPrompt: true }).text).toBe(text);
  });

  test('logits are those of transformers on the decoded weights, to float32 rounding', async () => {
    for (const row of read<{ text: string; largest: number; logits: number[] }>('transformers')) {
      const ids = tokenizer.encode(row.text);
      const { data, shape } = await language.logits([ids]);
      const vocabulary = shape[2]!;
      const last = (data as Float32Array).subarray(-vocabulary);
      const found = Float32Array.from(row.logits, (_, i) => last[i * 997]!);
      expect(last.indexOf(Math.max(...last)), row.text).toBe(row.largest);
      expect(worstDifference(found, Float32Array.from(row.logits)), row.text).toBeLessThan(2e-4);
    }
  }, 120_000);

  test('greedy tokens are those of llama.cpp, but where two are as good as equal to its 8-bit inputs', async () => {
    let differing = 0;
    for (const { text, tokens, logProbabilities } of read<Answer>('llama')) {
      const context = tokenizer.encode(text);
      const { data, shape } = await language.logits([[...context, ...tokens.slice(0, -1)]]);
      const vocabulary = shape[2]!;
      tokens.forEach((token, i) => {
        const at = (context.length - 1 + i) * vocabulary;
        const row = (data as Float32Array).subarray(at, at + vocabulary);
        const largest = row.reduce((most, one) => Math.max(most, one), -Infinity);
        const sum = row.reduce((total, one) => total + Math.exp(one - largest), 0);
        const found = row[token]! - largest - Math.log(sum);
        // llama.cpp rounds the inputs of every map to 8 bits.
        expect(Math.abs(found - logProbabilities[i]!), `${text}, token ${i}`).toBeLessThan(0.5);
        if (row[token]! < largest) {
          differing += 1;
          expect(largest - row[token]!, `${text}, token ${i}`).toBeLessThan(0.3);
        }
      });
    }
    expect(differing).toBeLessThan(12);
  }, 300_000);

  test('a chat from the file itself is sensible', async () => {
    const prompt = [{ role: 'user', content: 'What is the capital of France?' }] as const;
    let answer = '';
    for await (const { text } of language.stream(prompt, { maximumTokens: 20 })) answer += text;
    expect(answer).toBe('The capital of France is Paris.');
  }, 60_000);
});

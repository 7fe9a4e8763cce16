// What llama.cpp computes on SmolLM2-135M-Instruct (Q4_1): greedy texts with their log-probabilities, and token ids of texts.
// Made with node-llama-cpp 3.22.1, whose prebuilt binary multiplies quantized weights with inputs rounded to 8 bits:
//
//   node make.mjs SMOLLM2.gguf        in a folder where node-llama-cpp is installed; reads prompts.json beside this file
import { readFileSync, writeFileSync } from 'node:fs';
import { getLlama } from 'node-llama-cpp';

const here = new URL('./', import.meta.url);
const prompts = JSON.parse(readFileSync(new URL('prompts.json', here), 'utf8'));
const texts = JSON.parse(readFileSync(new URL('texts.json', here), 'utf8'));
const most = 16;
const next = { token: true, confidence: true, options: { temperature: 0 } };

const llama = await getLlama({ gpu: false, build: 'never', logLevel: 'error' });
const model = await llama.loadModel({ modelPath: process.argv[2] });
const context = await model.createContext({ contextSize: 512, threads: 1 });
const sequence = context.getSequence();

const answers = [];
for (const { text, ids } of prompts) {
  await sequence.clearHistory();
  const tokens = [];
  const logProbabilities = [];
  let input = ids;
  while (tokens.length < most) {
    const asked = input.map((id, i) =>
      i === input.length - 1 ? [id, { generateNext: next }] : id,
    );
    const { token, confidence } = (await sequence.controlledEvaluate(asked)).at(-1).next;
    tokens.push(token);
    logProbabilities.push(Number(Math.log(confidence).toFixed(4)));
    if (model.isEogToken(token)) break;
    input = [token];
  }
  answers.push({ text, tokens, logProbabilities });
}
const encoded = texts.map((text) => ({ text, ids: [...model.tokenize(text, true)] }));
const lines = (rows) => `[\n${rows.map((row) => JSON.stringify(row)).join(',\n')}\n]\n`;
writeFileSync(new URL('llama.json', here), lines(answers));
writeFileSync(new URL('tokens.json', here), lines(encoded));
await llama.dispose();

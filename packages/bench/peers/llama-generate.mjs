/**
 * The peer of `bench generate` in few bits, and a reader of `bench exports`: llama.cpp through node-llama-cpp. Arguments: the folder in
 * whose node_modules that is, the GGUF file, threads, and a GGUF file of a LoRA, if any.
 *
 * `{"ready": 1, "seconds": …}` when the model is loaded; then a line with a job of one prompt (`decode` or `prefill`) on standard input
 * is answered by `{"seconds": …}`: of `decode` what the tokens after the first took. `write` is answered by `{"tokens": […]}`.
 */
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';

const [folder, modelPath, threads, lora] = process.argv.slice(2);
const begun = performance.now();
const found = createRequire(resolve(folder, 'package.json')).resolve('node-llama-cpp');
const { getLlama } = await import(pathToFileURL(found).href);
const llama = await getLlama({ gpu: false, build: 'never', logLevel: 'error' });
const model = await llama.loadModel({ modelPath });
const context = await model.createContext({
  contextSize: 1024,
  threads: Number(threads),
  ...(lora ? { lora: { adapters: [{ filePath: resolve(lora) }] } } : {}),
});
const sequence = context.getSequence();
console.log(JSON.stringify({ ready: 1, seconds: (performance.now() - begun) / 1000 }));

const next = { generateNext: { token: true, options: { temperature: 0 } } };
async function read(ids) {
  const last = ids.length - 1;
  const results = await sequence.controlledEvaluate(
    ids.map((id, i) => (i === last ? [id, next] : id)),
  );
  return results.at(-1).next.token;
}

for await (const line of createInterface({ input: process.stdin })) {
  if (line.trim() === 'end') break;
  const { kind, prompts, tokens } = JSON.parse(line);
  await sequence.clearHistory();
  let start = performance.now();
  let id = await read(prompts[0]);
  if (kind === 'write') {
    const written = [id];
    while (written.length < tokens) written.push((id = await read([id])));
    console.log(JSON.stringify({ tokens: written }));
    continue;
  }
  if (kind === 'decode') {
    start = performance.now();
    for (let i = 0; i < tokens; i++) id = await read([id]);
  }
  console.log(JSON.stringify({ seconds: (performance.now() - start) / 1000 }));
}
process.exit(0);

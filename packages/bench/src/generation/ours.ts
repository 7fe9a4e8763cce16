/**
 * Our side of `bench generate`. Arguments: the model's folder or file, the precision of its maps, threads.
 *
 * Protocol: `{"ready": 1, "seconds": …}` when the model is loaded; then a line with a job as JSON on standard input is answered by
 * `{"seconds": …}`: of `decode` what the tokens after the first took.
 */
import { createInterface } from 'node:readline';
import { blocksPrecision, createLanguageModel, placeModel } from '@tunesmith/models';
import { loadModel } from '@tunesmith/models/node';
import { openDevice } from '@tunesmith/runtime/node';
import type { GenerationJob } from './jobs.ts';

const [path = '', precision, threads] = process.argv.slice(2);
const begun = performance.now();
const device = await openDevice('cpu', { threads: Number(threads) });
const model = await loadModel(path);
const chosen = precision === 'blocks' ? { precision: blocksPrecision(model.spec) } : {};
const placed = await placeModel(model, device, chosen);
const language = createLanguageModel({ placed });
answer({ ready: 1, seconds: since(begun) });

for await (const line of createInterface({ input: process.stdin })) {
  if (line.trim() === 'end') break;
  answer({ seconds: await run(JSON.parse(line) as GenerationJob) });
}
await language.dispose();
placed.dispose();
await device.close();

async function run({ kind, prompts, tokens = 0, continuations = [] }: GenerationJob) {
  const write = async (maximumTokens: number): Promise<number> => {
    const start = performance.now();
    await language.generate(prompts, { maximumTokens, ignoreEnd: true });
    return since(start);
  };
  if (kind === 'prefill') return write(1);
  if (kind === 'decode') {
    const first = await write(1);
    return (await write(1 + tokens)) - first;
  }
  const start = performance.now();
  await language.logLikelihoods(
    prompts.map((context, i) => ({ context, continuation: continuations[i] ?? [] })),
  );
  return since(start);
}

function since(start: number): number {
  return (performance.now() - start) / 1000;
}

function answer(line: Readonly<Record<string, number>>): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

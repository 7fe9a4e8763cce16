/**
 * A reader of `bench exports`: transformers.js. Arguments: the folder of its package, the exported folder, the encoding (`fp32`, `fp16`,
 * `q8`, `q4`).
 *
 * `{"ready": 1}` when the model is loaded; then a line with a job of one prompt (`write`) on standard input is answered by
 * `{"tokens": […]}`, the most likely ones.
 */
import { basename, dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';

const [folder, exported, dtype] = process.argv.slice(2);
const entry = join(resolve(folder), 'dist/transformers.node.mjs');
const { AutoModelForCausalLM, Tensor, env } = await import(pathToFileURL(entry).href);
env.allowRemoteModels = false;
env.localModelPath = dirname(resolve(exported));
const model = await AutoModelForCausalLM.from_pretrained(basename(exported), { dtype });
// It goes on after an end; a least number of tokens would forbid the end itself.
model.generation_config.eos_token_id = null;
console.log(JSON.stringify({ ready: 1 }));

for await (const line of createInterface({ input: process.stdin })) {
  if (line.trim() === 'end') break;
  const { prompts, tokens } = JSON.parse(line);
  const [ids] = prompts;
  const tensor = (numbers) =>
    new Tensor('int64', BigInt64Array.from(numbers, BigInt), [1, numbers.length]);
  const written = await model.generate({
    input_ids: tensor(ids),
    attention_mask: tensor(ids.map(() => 1)),
    max_new_tokens: tokens,
    do_sample: false,
    repetition_penalty: 1,
  });
  console.log(JSON.stringify({ tokens: Array.from(written.data, Number).slice(ids.length) }));
}
process.exit(0);

/**
 * Pretrains the nano model from scratch: full fine-tuning of fresh weights on the corpus.
 *
 *     pnpm --filter @tunesmith/nano pretrain [steps] [batch rows]
 *
 * Goes on from the newest checkpoint in `.pretraining/` if there is one, so it can be stopped at any time. At the end the
 * weights are written to `model/` as bfloat16 and the loss curve to `pretraining/loss.json`.
 */
import { appendFileSync, copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { initializeParameters, llama, memoryWeights } from '@tunesmith/models';
import { saveModel } from '@tunesmith/models/node';
import { openDevice } from '@tunesmith/runtime/node';
import { openTokenStream, train } from '@tunesmith/trainer/node';
import { lossCurve } from './loss-curve.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const run = join(root, '.pretraining');
const model = join(root, 'model');
const steps = Number(process.argv[2] ?? 4800);
const rows = Number(process.argv[3] ?? 16);
const tokens = 256;
const seed = 1;

mkdirSync(run, { recursive: true });
const configuration = JSON.parse(readFileSync(join(root, 'pretraining', 'config.json'), 'utf8'));
const spec = llama.spec(configuration);
const fresh = {
  spec,
  architecture: llama,
  weights: memoryWeights(initializeParameters(spec, seed)),
};
const stream = (name: string) =>
  openTokenStream({ path: join(root, '.corpus', `${name}.bin`), tokens, separator: 0 });
const heldOut = stream('heldout');
const device = await openDevice('cpu');

const stop = new AbortController();
process.once('SIGINT', () => stop.abort());
process.once('SIGTERM', () => stop.abort());

const result = await train({
  model: fresh,
  full: true,
  data: stream('train'),
  training: {
    steps,
    batch_size: rows,
    max_length: tokens,
    optimizer: {
      learning_rate: 4e-3,
      weight_decay: 0.1,
      betas: [0.9, 0.95],
      decay_exclude: [
        'model.norm.weight',
        'input_layernorm.weight',
        'post_attention_layernorm.weight',
      ],
    },
    schedule: { name: 'cosine', warmup_steps: 200 },
    checkpoint_every: 200,
  },
  evaluation: {
    every: 200,
    async run({ measure }) {
      const { loss } = await measure(heldOut);
      return { results: [{ task: 'heldout', scores: { loss: { value: loss } } }] };
    },
  },
  device,
  directory: run,
  seed,
  resume: true,
  signal: stop.signal,
  onEvent(event) {
    appendFileSync(join(run, 'events.jsonl'), `${JSON.stringify(event)}\n`);
    if (event.type === 'step' && event.step % 20 === 0) {
      process.stdout.write(
        `step ${event.step}  loss ${event.loss.toFixed(3)}  ${((event.tokens ?? 0) / (event.seconds ?? 1)).toFixed(0)} tokens/s\n`,
      );
    }
    if (event.type === 'evaluation')
      process.stdout.write(`step ${event.step}  held-out ${JSON.stringify(event.scores)}\n`);
  },
});

process.stdout.write(`${result.reason} after ${result.step} steps\n`);
if (result.reason === 'done') {
  await saveModel({ ...result.model, spec, architecture: llama }, model, { dtype: 'bfloat16' });
  copyFileSync(join(root, 'pretraining', 'config.json'), join(model, 'config.json'));
  const curve = lossCurve(readFileSync(join(run, 'events.jsonl'), 'utf8'));
  writeFileSync(join(root, 'pretraining', 'loss.json'), `${JSON.stringify(curve)}\n`);
}
heldOut.close?.();
await device.close();

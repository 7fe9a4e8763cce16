/**
 * One side of `bench memory`: full fine-tuning of a model with random weights by `train` of `@tunesmith/trainer`, one row a step.
 * Arguments: the optimizer, threads, steps, and the shape (`full` if none is named, `small`).
 *
 * Prints `{"seconds": …, "loss": …}` for each step, and `{"done": …}` after the last; then waits for a line, so that its peak memory
 * can be read.
 */
import { llama } from '@tunesmith/models';
import { openDevice } from '@tunesmith/runtime/node';
import { train } from '@tunesmith/trainer';
import { shapes } from '../train/job.ts';
import { randomWeights, records } from '../train/ours.ts';
import { optimizers } from './optimizers.ts';

const [name = '', threads, steps, shape = 'full'] = process.argv.slice(2);
const { configuration, row } = shapes()[shape]!;
const spec = llama.spec(configuration);
const device = await openDevice('cpu', { threads: Number(threads) });
const print = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`);
await train({
  model: { spec, architecture: llama, weights: randomWeights(spec) },
  full: true,
  data: records([row]),
  device,
  seed: 0,
  training: {
    steps: Number(steps),
    batch_size: 1,
    max_length: row.input_ids.length,
    schedule: { name: 'constant' },
    checkpoint_every: 0,
    ...optimizers[name],
  },
  onEvent(event) {
    if (event.type === 'step') print({ seconds: event.seconds, loss: event.loss });
  },
});
print({ done: 1 });
for await (const _line of process.stdin) break;
await device.close();

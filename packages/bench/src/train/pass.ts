/**
 * Our side of `bench train`, part (b): one packed pass over the examples, from token ids to the last update.
 *
 * Prints `{"seconds": …, "steps": …, "supervised": …}`; the clock runs over `train` as a whole, packing and compiling included.
 */
import { cpuDevice } from '@tunesmith/runtime/node';
import { train } from '@tunesmith/trainer';
import { realExamples } from './job.ts';
import { modelWithAdapter, records } from './ours.ts';

const threads = Number(process.argv[2]);
const count = Number(process.argv[3]);
const device = await cpuDevice.open({ threads });
const { model, adapter } = await modelWithAdapter();
let supervised = 0;
const start = performance.now();
const result = await train({
  model,
  adapters: [adapter],
  data: records(realExamples(count)),
  training: { epochs: 1, batch_size: 1, max_length: 600, checkpoint_every: 0 },
  device,
  seed: 0,
  onEvent(event) {
    if (event.type === 'step') supervised += event.supervised_tokens;
  },
});
const seconds = (performance.now() - start) / 1000;
process.stdout.write(`${JSON.stringify({ seconds, steps: result.step, supervised })}\n`);
for await (const chunk of process.stdin) if (String(chunk).includes('end')) break;
await device.close();

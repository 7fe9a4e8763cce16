/**
 * Our side of `bench train`, part (a): one whole LoRA step (forward, gradients, clipping, AdamW) when asked.
 * Arguments: threads, the precision of the frozen maps (`float32`, `int8` or `nf4`), the device (`cpu` if none is named), and the shape
 * (`full` if none is named, `small`).
 *
 * Protocol: a line `step` on standard input runs one step, answered by `{"seconds": …, "loss": …}`; `{"ready": 1}` first.
 */
import { createInterface } from 'node:readline';
import { openDevice } from '@tunesmith/runtime/node';
import {
  adapterTrainable,
  createObjective,
  createRunner,
  prepareData,
  resolveTraining,
} from '@tunesmith/trainer';
import { shapes } from './job.ts';
import { modelWithAdapter, placeIn, records } from './ours.ts';

const threads = Number(process.argv[2]);
const device = await openDevice(process.argv[4] ?? 'cpu', { threads });
const { configuration, row } = shapes()[process.argv[5] ?? 'full']!;
const { model, adapter } = await modelWithAdapter(configuration);
const placed = await placeIn(model, device, process.argv[3]);
const trainable = adapterTrainable([adapter]);
const { optimizer } = resolveTraining({});
const objective = createObjective('causal-lm', {
  model,
  maximumLength: 512,
  virtualTokens: trainable.virtualTokens,
});
const settings = {
  objective,
  trainable,
  optimizer,
  maxGradNorm: 1,
  baseDropout: false,
  steps: 1,
  accumulation: 1,
};
const runner = createRunner(device, settings, {
  parameters: trainable.parameters,
  placed: placed.tensors,
});
const { source } = await prepareData(records([row]), { objective, packing: false });
const supervised = row.labels.filter((label) => label !== -100).length;
const batch = objective.collate(
  [source.row(0)],
  { rows: 1, tokens: source.tokens, supervised, packed: source.packed },
  { training: true, seeds: [0] },
);

process.stdout.write(`${JSON.stringify({ ready: 1 })}\n`);
let step = 0;
for await (const line of createInterface({ input: process.stdin })) {
  if (line.trim() !== 'step') break;
  step++;
  const start = performance.now();
  const { loss } = await runner.step([batch], { step, learningRate: 2e-4, seeds: [step] });
  process.stdout.write(
    `${JSON.stringify({ seconds: (performance.now() - start) / 1000, loss })}\n`,
  );
}
runner.dispose();
placed.dispose();
await device.close();

// Trains a small adapter and prints every step as a line of JSON, then the adapter's bytes. Run by resume.test.ts, which
// may kill it at any line.  Usage: resume-child.ts FOLDER [resume]
import { createAdapter } from '@tunesmith/peft';
import { lora } from '@tunesmith/lora';
import { openDevice } from '@tunesmith/runtime/node';
import type { Tokenized } from '@tunesmith/schema';
import { train } from '../src/node/train.ts';
import { tinyLlama } from './tiny.ts';

const [directory, resume] = process.argv.slice(2);
const model = tinyLlama();
const config = { r: 4, alpha: 8, dropout: 0.1, targets: ['q_proj', 'v_proj'] };
const adapter = await createAdapter({ model, method: lora, config, seed: 3 });
const data = Array.from({ length: 23 }, (_, row): Tokenized => {
  const ids = Array.from({ length: 5 + (row % 9) }, (_, i) => (row * 5 + i * (1 + (row % 3))) % 32);
  return { id: `${row}`, input_ids: ids, labels: ids.map((id, i) => (i < 2 ? -100 : id)) };
});
const device = await openDevice('cpu');
const result = await train({
  model,
  adapters: [adapter],
  data,
  device,
  directory: directory!,
  resume: resume === 'resume',
  seed: 5,
  objective: { name: 'causal-lm', neftune_alpha: 5 },
  training: {
    steps: 24,
    batch_size: 2,
    gradient_accumulation: 2,
    max_length: 16,
    checkpoint_every: 4,
    optimizer: { learning_rate: 1e-2 },
    schedule: { name: 'cosine', warmup_steps: 3 },
  },
  onEvent: (event) => {
    if (event.type === 'step' || event.type === 'resume')
      process.stdout.write(`${JSON.stringify(event)}\n`);
  },
});
const parameters = Object.entries(result.parameters).map(([name, { data: values }]) => [
  name,
  Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString('hex'),
]);
process.stdout.write(`${JSON.stringify({ type: 'adapter', parameters })}\n`);
await device.close();

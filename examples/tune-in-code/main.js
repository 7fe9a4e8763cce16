import { renderComparison } from '@tunesmith/evaluation';
import { generate, train } from 'tunesmith';

const model = '@tunesmith/nano';
const run = await train(
  {
    model,
    data: [{ path: 'opposites.jsonl', format: 'alpaca', held_out: 0.25 }],
    method: { name: 'lora', r: 8, alpha: 16, targets: 'all-linear' },
    training: { steps: 30, max_length: 128, optimizer: { learning_rate: 2e-3 } },
    evaluation: { tasks: ['heldout'], max_new_tokens: 8 },
    output: 'runs/opposites',
  },
  { overwrite: true },
);
if (run.comparison) console.log(renderComparison(run.comparison, { measures: ['loss'] }));

const [answer] = await generate({
  model,
  adapter: run.adapter ?? [],
  prompts: [[{ role: 'user', content: 'Write the opposite of the word.\n\nhot' }]],
  maximumTokens: 8,
});
console.log(`\nhot -> ${answer?.text}`);

import { generate, train } from 'tunesmith/node';

const model = '@tunesmith/nano';
const { adapter = [], report } = await train({
  model,
  data: [{ path: 'opposites.jsonl', format: 'alpaca', held_out: 0.25 }],
  method: { name: 'lora', r: 8, alpha: 16, targets: 'all-linear' },
  training: { steps: 30, optimizer: { learning_rate: 2e-3 } },
  evaluation: { tasks: ['heldout'], max_new_tokens: 8 },
  output: 'runs/opposites',
});
const content = 'Write the opposite of the word.\n\nhot';
const [answer] = await generate({ model, adapter, prompts: [[{ role: 'user', content }]] });
console.log(`hot -> ${answer?.text}; scores before and after: ${report}`);

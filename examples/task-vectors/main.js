import { generate, train } from 'tunesmith/node';

const method = { name: 'task-vectors', tasks: 2, radius: 0.5 };
const run = await train(
  {
    model: '@tunesmith/nano',
    plugins: ['./task-vectors.js'],
    data: [{ path: 'two-tasks.jsonl', format: 'messages' }],
    method,
    training: { steps: 10, max_length: 64, optimizer: { learning_rate: 5e-2 } },
    output: 'runs/task-vectors',
  },
  { overwrite: true },
);
for (const task_number of [0, 1]) {
  const prompts = [[{ role: /** @type {const} */ ('user'), content: 'big' }]];
  const meta = { task_number };
  const [answer] = await generate({ model: run.directory, prompts, meta, maximumTokens: 4 });
  console.log(`task ${task_number}: big -> ${answer?.text}`);
}

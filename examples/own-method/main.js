import { train } from 'tunesmith/node';

const run = await train(
  {
    model: '@tunesmith/nano',
    plugins: ['./channel-gain.js'],
    data: [{ path: '../tune-in-code/opposites.jsonl', format: 'alpaca' }],
    method: { name: 'channel-gain' },
    training: { steps: 10, max_length: 128, optimizer: { learning_rate: 1e-2 } },
    output: 'runs/channel-gain',
  },
  {
    overwrite: true,
    onEvent: (event) => {
      if (event.type === 'step') console.log(`step ${event.step}: loss ${event.loss.toFixed(2)}`);
    },
  },
);
console.log(`the adapter is in ${run.adapter}`);

// Intrinsic dimension as a study: full fine-tuning once, then ever more random dimensions of the same weights.
import { smallestDimension } from '@tunesmith/intrinsic-prompt';
import { runStages } from 'tunesmith';

const dimensions = [50, 200];
const data = [{ path: '../tune-in-code/opposites.jsonl', format: 'alpaca', held_out: 0.25 }];
const training = (learning_rate) => ({ steps: 6, max_length: 128, optimizer: { learning_rate } });

const recipe = {
  name: 'Intrinsic dimension of opposites',
  model: '@tunesmith/nano',
  data,
  evaluation: { tasks: ['heldout'], max_new_tokens: 4 },
  device: 'cpu',
  seed: 0,
  output: 'runs/intrinsic-dimension',
  stages: [
    { name: 'full', job: 'train', method: 'full', training: training(3e-4) },
    ...dimensions.map((d) => ({
      name: `d${d}`,
      job: 'train',
      method: { name: 'intrinsic-dimension', dimensions: d },
      training: training(1e-2),
    })),
  ],
};

// How far a stage brings the held-out loss down; for a real study take the task's own metric, over several seeds.
const losses = {};
await runStages(recipe, {
  overwrite: true,
  onEvent: (event, stage) => {
    if (event.type === 'evaluation') (losses[stage] ??= []).push(event.scores.loss.value);
  },
});
const gain = (stage) => losses[stage][0] - losses[stage].at(-1);
const full = gain('full');
const attempts = dimensions.map((d) => ({ dimensions: d, score: gain(`d${d}`) }));
for (const { dimensions: d, score } of attempts)
  console.log(`d = ${d}: ${((100 * score) / full).toFixed(0)} % of full fine-tuning`);
const d90 = smallestDimension({ full, attempts });
console.log(d90 === undefined ? 'd90 is beyond what was tried' : `d90 is at most ${d90}`);

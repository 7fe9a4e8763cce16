import { smallestDimension } from '@tunesmith/intrinsic-prompt';
import { runStages } from 'tunesmith/node';

// How far a stage brings the held-out loss down; a real study takes the task's own metric, over several seeds.
const before = new Map();
const gains = new Map();
await runStages('recipe.yaml', {
  overwrite: true,
  onEvent: (event, stage) => {
    const loss = event.type === 'evaluation' ? event.scores.loss?.value : undefined;
    if (loss === undefined) return;
    if (before.has(stage)) gains.set(stage, before.get(stage) - loss);
    else before.set(stage, loss);
  },
});

const full = gains.get('full');
const attempts = [50, 200].map((dimensions) => ({
  dimensions,
  score: gains.get(`d${dimensions}`),
}));
for (const { dimensions, score } of attempts)
  console.log(`d = ${dimensions}: ${((100 * score) / full).toFixed(0)} % of full fine-tuning`);
const d90 = smallestDimension({ full, attempts });
console.log(d90 === undefined ? 'd90 is beyond what was tried' : `d90 is at most ${d90}`);

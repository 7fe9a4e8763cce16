import { train } from 'tunesmith/node';

await train('recipe.yaml', {
  overwrite: true,
  onEvent: (event) => {
    if (event.type === 'evaluation' && event.scores.loss)
      console.log(`${event.phase}: ${event.task} ${event.scores.loss.value.toFixed(2)}`);
  },
});

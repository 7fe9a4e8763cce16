import { runStages } from 'tunesmith/node';

const { stages } = await runStages('recipe.yaml', {
  overwrite: true,
  onEvent: (event, stage) => {
    if (event.type === 'stage-end') console.log(`${event.stage}: ${event.reason}`);
    if (event.type === 'evaluation' && event.scores.loss)
      console.log(`${stage}, ${event.phase}: held-out loss ${event.scores.loss.value.toFixed(2)}`);
  },
});
console.log(`${stages.length} stages`);

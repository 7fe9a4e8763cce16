import { runStages } from 'tunesmith/node';

const { stages, report } = await runStages('recipe.yaml', {
  overwrite: true,
  onEvent: (event, stage) => {
    if (event.type === 'stage-end') console.log(`${event.stage}: ${event.job} ${event.reason}`);
    if (event.type === 'evaluation' && stage === 'both')
      console.log(`  ${event.task}: loss ${event.scores.loss?.value.toFixed(2)}`);
  },
});
console.log(`${stages.length} stages; the report of all is ${report}`);

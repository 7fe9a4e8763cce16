import { mkdir, writeFile } from 'node:fs/promises';
import { runStages } from 'tunesmith/node';
import { writeMaskedModel } from './masked-model.js';
import { reviews, texts, words } from './reviews.js';

// node main.js for PET, node main.js ipet for the generations of iPET after it
const recipes = ['recipe.yaml', ...(process.argv.includes('ipet') ? ['ipet.yaml'] : [])];

/** @typedef {{ instruction: string, output: string }} Row */
/** @type {(text: string) => Row} */
const unlabeled = (text) => ({ instruction: text, output: '' });
/** @type {(review: import('./reviews.js').Review) => Row} */
const labeled = ({ review, label }) => ({ instruction: review, output: label });
/** @type {(name: string, rows: Row[]) => Promise<void>} */
const write = (name, rows) =>
  writeFile(`runs/data/${name}.jsonl`, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));

await mkdir('runs/data', { recursive: true });
await write('texts', texts(1000, 1).map(unlabeled));
await write('labeled', reviews(4, 2).map(labeled));
const open = reviews(120, 3).map(({ review }) => unlabeled(review));
await write('unlabeled', open);
await write('heldout', reviews(60, 4).map(labeled));
await writeMaskedModel('runs/model', words);

for (const recipe of recipes) {
  const { report } = await runStages(recipe, {
    overwrite: true,
    onEvent: (event, stage) => {
      if (event.type === 'evaluation' && event.scores.accuracy)
        console.log(`${stage}, ${event.phase}: ${event.scores.accuracy.value.toFixed(2)} right`);
    },
  });
  console.log(`The report of all stages is ${report}`);
}

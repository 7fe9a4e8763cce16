// Runs on a page as it stands, but for one line: a page takes the model from its address, httpFiles(modelAddress).
import { modelDirectory } from '@tunesmith/nano/node';
import { createDeviceSet, tfjsCpuDevice } from '@tunesmith/runtime';
import { memoryFiles, readText } from '@tunesmith/schema';
import { nodeFiles } from '@tunesmith/schema/node';
import { parseRecipe, train } from 'tunesmith';

const recipe = parseRecipe(`
  model: nano
  data: [{ path: opposites.jsonl, format: alpaca }]
  method: { name: lora, r: 4 }
  training: { steps: 2, batch_size: 2, max_length: 32 }
  output: run
`);

// What a person typed or chose; directoryFiles(handle) is a folder of theirs. What the run leaves goes there too.
const files = memoryFiles({
  'opposites.jsonl': `{"instruction": "Write the opposite.", "input": "big", "output": "small"}
{"instruction": "Write the opposite.", "input": "up", "output": "down"}`,
});
const models = { nano: nodeFiles(modelDirectory) };
const devices = createDeviceSet([tfjsCpuDevice]);
const run = await train(recipe, { files, models, devices });

const page = await readText(files, `${run.directory}/report.html`);
console.log(`${run.step} steps on a page`);
console.log(`${run.adapter}: ${(await files.list(run.adapter)).join(', ')}`);
console.log(`a report that begins with ${page.slice(0, 15)}`);

import {
  createLanguageModel,
  initializeParameters,
  memoryWeights,
  placeModel,
} from '@tunesmith/models';
import { loadModel, saveModel } from '@tunesmith/models/node';
import { openDevice } from '@tunesmith/runtime/node';
import { configuration } from './configuration.js';
import { lanes } from './lanes.js';

// A fresh model, saved as Hugging Face lays models out.
const spec = lanes.spec(configuration);
const weights = memoryWeights(initializeParameters(spec, 1));
await saveModel({ spec, architecture: lanes, weights }, 'runs/lanes');

const model = await loadModel('runs/lanes', { architectures: [lanes] });
const device = await openDevice('cpu');
const placed = await placeModel(model, device);
const { shape } = await createLanguageModel({ placed }).logits([[3, 1, 4, 1, 5]]);
console.log(`${spec.sites.length} sites, ${Object.keys(spec.tensors).length} tensors`);
console.log(`logits [${shape.join(', ')}]`);
placed.dispose();
await device.close();

/**
 * Writes a checkpoint of the shape of SmolLM2-135M with random weights in bfloat16, in shards of 60 MB, and a file of ids.
 *
 * Usage: checkpoint.js FOLDER
 */
import { join } from 'node:path';
import { initializeParameters, llama, memoryWeights } from '@tunesmith/models';
import { saveModel, writeSafetensors } from '@tunesmith/models/node';
import { configuration } from '../train/job.ts';

const [folder = ''] = process.argv.slice(2);
const spec = llama.spec(configuration);
const weights = memoryWeights(initializeParameters(spec, 0));
await saveModel({ spec, architecture: llama, weights }, join(folder, 'model'), {
  dtype: 'bfloat16',
  shardBytes: 60e6,
});
await writeSafetensors(join(folder, 'ids.safetensors'), {
  input_ids: { dtype: 'int32', shape: [1, 8], data: Int32Array.of(1, 2, 3, 4, 5, 6, 7, 8) },
});

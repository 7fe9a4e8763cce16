import { join } from 'node:path';
import type { Device } from '@tunesmith/runtime';
import { openDevice, openOnnx } from '@tunesmith/runtime/node';
import { nodeFiles } from '@tunesmith/schema/node';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { checkpointFolder } from '../../test-support/checkpoint-fixtures.ts';
import { temporaryFolder, worstDifference } from '../../test-support/fixtures.ts';
import { createLanguageModel } from '../language-model/language-model.ts';
import { loadModel } from '../node/load.ts';
import { placeModel } from '../weights/place.ts';
import { saveOnnx } from './save-onnx.ts';

let device: Device;
beforeAll(async () => {
  device = await openDevice('cpu');
});
afterAll(() => device.close());

const ids = [
  [3, 17, 5, 29, 11, 30, 8],
  [14, 9, 27, 4, 19, 1, 1],
];
const seen = [
  [1, 1, 1, 1, 1, 1, 1],
  [1, 1, 1, 1, 1, 0, 0],
];
const integers = (rows: readonly (readonly number[])[]) => ({
  shape: [rows.length, rows[0]!.length],
  data: BigInt64Array.from(rows.flat(), BigInt),
});

test.for([
  'bert_mlm',
  'bert_untied',
  'bert_classifier',
  'distilbert_mlm',
  'distilbert_classifier',
  'roberta_mlm',
  'roberta_classifier',
  'xlm_roberta',
])('logits of %s are those of the model, beside a padded row', async (name) => {
  const model = await loadModel(join(checkpointFolder, name));
  const placed = await placeModel(model, device);
  onTestFinished(() => placed.dispose());
  const language = createLanguageModel({ placed });
  onTestFinished(() => language.dispose());
  const expected = await language.logits(ids, { attentionMask: seen });

  const folder = await temporaryFolder();
  await saveOnnx(model, nodeFiles(folder));
  const opened = await openOnnx(join(folder, 'onnx/model.onnx'));
  onTestFinished(() => opened.close());
  const { logits } = await opened.run({
    input_ids: integers(ids),
    attention_mask: integers(seen),
    token_type_ids: integers(ids.map((row) => row.map(() => 0))),
  });
  expect(logits!.shape).toEqual(expected.shape);
  expect(worstDifference(logits!.data as Float32Array, expected.data)).toBeLessThan(1e-4);
});

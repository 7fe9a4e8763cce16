import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import type { Model } from '../model.ts';
import { overlayWeights } from '../weights/overlay.ts';
import { modelFingerprint, tensorsDigest } from './fingerprint.ts';
import { loadModel } from '../node/load.ts';
import { saveModel } from '../node/save.ts';

const folder = fileURLToPath(new URL('../../../testing/fixtures/peft/base_llama', import.meta.url));
const tensor = (data: number[], shape: number[]) => ({
  data: Float32Array.from(data),
  shape,
  dtype: 'float32' as const,
});
const configured = (model: Model, changes: object): Model => ({
  ...model,
  spec: model.architecture.spec({ ...model.spec.configuration, ...changes }),
});

test('a digest tells tensors apart by name, shape and values', () => {
  const digests = [
    { a: tensor([1, 2], [2]) },
    { b: tensor([1, 2], [2]) },
    { a: tensor([1, 2], [2, 1]) },
    { a: tensor([1, 3], [2]) },
    { a: tensor([1, -0], [2]) },
    { a: tensor([1, 0], [2]) },
  ].map(tensorsDigest);
  expect(new Set(digests).size).toBe(6);
});

test('any one value of a large tensor counts', () => {
  const values = Array.from({ length: 100_003 }, (_, i) => i % 17);
  const before = tensorsDigest({ a: tensor(values, [values.length]) });
  for (const place of [1, 4097, 50_001, 100_002]) {
    const changed = values.with(place, 99);
    expect(tensorsDigest({ a: tensor(changed, [values.length]) })).not.toBe(before);
  }
});

test('a model keeps its fingerprint in another folder, in shards and under another name', async () => {
  const model = await loadModel(folder);
  const copy = join(await mkdtemp(join(tmpdir(), 'fingerprint-')), 'copy');
  await saveModel(configured(model, { _name_or_path: 'mine' }), copy, { shardBytes: 5000 });
  expect(await modelFingerprint(await loadModel(copy))).toBe(await modelFingerprint(model));
});

test('other weights and another configuration are another model', async () => {
  const model = await loadModel(folder);
  const [name = ''] = model.weights.names;
  const first = await model.weights.read(name);
  const data = Float32Array.from(first.data);
  data[data.length - 1]! += 1e-3;
  const weights = overlayWeights(model.weights, { [name]: { ...first, data } });
  const others = [
    { ...model, weights },
    configured(model, { rope_theta: 500_000 }),
    configured(model, { rms_norm_eps: 1e-3 }),
  ];
  const fingerprints = await Promise.all([model, ...others].map(modelFingerprint));
  expect(new Set(fingerprints).size).toBe(4);
});

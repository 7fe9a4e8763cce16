import { fileURLToPath } from 'node:url';
import { copiedBytes, decodingBytes, placedBytes } from '@tunesmith/models';
import { loadModel } from '@tunesmith/models/node';
import { beforeAll, describe, expect, test } from 'vitest';
import { bytesPerToken, checkAnswer, checkMemory, checkRows, machineMemory } from './memory.ts';

const base = fileURLToPath(new URL('../../testing/fixtures/peft/base_llama', import.meta.url));
let spec: Awaited<ReturnType<typeof loadModel>>['spec'];
beforeAll(async () => {
  ({ spec } = await loadModel(base));
});

const gigabyte = 1e9;
const training = (batch_size: number, gradient_accumulation = 1) => ({
  batch_size,
  gradient_accumulation,
});

test('a token takes what the maps, norms and the embedding put out, a quarter more, in float32', () => {
  const sites = [
    { kind: 'embed', width: 8 },
    { kind: 'linear', out: 16 },
    { kind: 'norm', width: 8 },
    { kind: 'linear', out: 1000, head: true },
  ];
  expect(bytesPerToken({ ...spec, sites: sites as never })).toBe((8 + 16 + 8) * 4 * 1.25);
});

describe('a step is refused before it is computed', () => {
  test.each([
    [
      training(10_000_000),
      64,
      /^\[tunesmith\] training.batch_size 10000000 × 64 tokens would take about [\d,.]+ GB; this machine has 8 GB; accepted: at most \d+; training.gradient_accumulation/,
    ],
    [training(1e300), 64, /training.batch_size 1e\+300 × 64 tokens/],
    [
      training(1, 1e9),
      64,
      /training.gradient_accumulation 1000000000 × 1 rows × 64 tokens would take about/,
    ],
    [
      training(1),
      1e9,
      /a row of 1000000000 tokens would take about .*; accepted: a smaller training.max_length/,
    ],
  ])('%j of %d tokens', (asked, tokens, message) => {
    const need = { training: asked, spec, tokens, full: false, precision: 'float32' } as const;
    expect(() => checkMemory(need, 8 * gigabyte)).toThrow(message);
  });

  test('and a larger machine takes it', () => {
    const need = {
      training: training(100_000),
      spec,
      tokens: 64,
      full: false,
      precision: 'float32',
    } as const;
    const [bytes] = [100_000 * 64 * bytesPerToken(spec)];
    expect(() => checkMemory(need, bytes / 2)).toThrow('training.batch_size 100000');
    expect(() => checkMemory(need, bytes * 2)).not.toThrow();
  });
});

test('an answer is bounded by the memory and by the positions of the model', () => {
  expect(() => checkAnswer({ spec, maximumTokens: 1e15 }, gigabyte)).not.toThrow();
  const endless = { ...spec, maximumPositions: 1e9 };
  expect(() => checkAnswer({ spec: endless, maximumTokens: 1e15 }, gigabyte)).toThrow(
    /an answer of 1000000000 tokens would take about [\d,]+ GB; this machine has 1 GB; accepted: at most \d+ new tokens/,
  );
});

test('answers that are written side by side have a cache each', () => {
  const need = { spec, maximumTokens: 60 };
  const weights = placedBytes(spec);
  const cache = decodingBytes(spec, { texts: 1, tokens: 60 });
  expect(() => checkAnswer(need, weights + cache)).not.toThrow();
  expect(() => checkAnswer({ ...need, prompts: 2 }, weights + cache)).toThrow(
    '2 answers of 60 tokens',
  );
  expect(() => checkAnswer({ ...need, prompts: 2 }, weights + 2 * cache)).not.toThrow();
});

test('the copy of the weights that writing keeps in float32 counts', () => {
  const need = { spec, maximumTokens: 60 };
  const cache = decodingBytes(spec, { texts: 1, tokens: 60 });
  const matrices = spec.sites.flatMap((site) =>
    site.kind === 'linear' ? [4 * site.in * site.out] : [],
  );
  const copy = matrices.reduce((sum, bytes) => sum + bytes, 0);
  expect(copiedBytes(spec)).toBe(copy);
  const both = placedBytes(spec) + copy + cache;
  expect(() => checkAnswer({ ...need, copies: true }, both)).not.toThrow();
  expect(() => checkAnswer({ ...need, copies: true }, both - 1)).toThrow('would take');
  expect(() => checkAnswer(need, both - copy)).not.toThrow();
  expect(copiedBytes(spec, 'int8')).toBe(0);
});

test('int8 leaves room for more rows, if float32 fits while it is calibrated', () => {
  const need = { training: training(1), spec, tokens: 4, full: false, precision: 'int8' } as const;
  const row = 4 * bytesPerToken(spec);
  const between = placedBytes(spec, 'int8') + row;
  expect(between).toBeLessThan(placedBytes(spec));
  expect(() => checkMemory(need, between + 3000)).not.toThrow();
  expect(() => checkMemory({ ...need, precision: 'float32' }, between + 3000)).toThrow(
    'would take',
  );
  expect(() => checkMemory({ ...need, calibrated: true }, placedBytes(spec) - 1)).toThrow(
    'model.calibration_rows: 0',
  );
});

test('a fused optimizer needs half of the memory for the weights', () => {
  const need = {
    training: training(1),
    spec,
    tokens: 4,
    full: true,
    precision: 'float32',
  } as const;
  const between = 3 * placedBytes(spec) + 4 * bytesPerToken(spec);
  expect(() => checkMemory({ ...need, fused: true }, between)).not.toThrow();
  expect(() => checkMemory(need, between)).toThrow('would take');
});

test('the memory of this machine is known', () => {
  expect(machineMemory()).toBeGreaterThan(100e6);
  expect(Number.isFinite(machineMemory())).toBe(true);
});

test('more rows than the heap holds are refused before they are made', () => {
  checkRows('weight 1000 × 1000 rows', 1e6, 2e9);
  expect(() => checkRows('weight 1000000000 × 30 rows', 3e10, 2.048e9)).toThrow(
    'weight 1000000000 × 30 rows would take about 9,600 GB; this machine has 2 GB; accepted: at most 6400000 rows; training.epochs goes over the same rows several times',
  );
});

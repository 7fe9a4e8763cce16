import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { readSafetensors } from '../src/node/safetensors.ts';

/** A directory of the shared reference fixtures: tiny models and what Python computed with them. */
export function peftFixture(name: string): string {
  return fileURLToPath(new URL(`../../testing/fixtures/peft/${name}`, import.meta.url));
}

/** A directory of this package's golden files: see `goldens/make.py`. */
export function golden(name: string): string {
  return fileURLToPath(new URL(`../goldens/${name}`, import.meta.url));
}

/** A folder that disappears with the test. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tunesmith-models-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** A floating tensor of a file, as float32. */
export async function floats(path: string, name: string): Promise<Float32Array> {
  const { tensors } = await readSafetensors(path);
  return Float32Array.from(tensors[name]!.data as Float32Array);
}

/** Token ids of a file's I64 tensor `[batch, tokens]`, row by row. */
export async function idRows(path: string, name = 'input_ids'): Promise<number[][]> {
  const { tensors } = await readSafetensors(path);
  const { data, shape } = tensors[name]!;
  const tokens = shape[1]!;
  const ids = Array.from(data as BigInt64Array, Number);
  return Array.from({ length: shape[0]! }, (_, row) => ids.slice(row * tokens, (row + 1) * tokens));
}

/** The largest difference between two arrays of the same length. */
export function worstDifference(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length)
    throw new Error(`${actual.length} values, expected ${expected.length}`);
  let worst = 0;
  for (let i = 0; i < actual.length; i++)
    worst = Math.max(worst, Math.abs(actual[i]! - expected[i]!));
  return worst;
}

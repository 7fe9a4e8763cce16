import type { HostTensor } from '@tunesmith/runtime';
import { createSha256, sha256, type Sha256 } from '@tunesmith/schema';
import type { Model } from '../model.ts';
import { weightPieces, type WeightStore } from '../weights/store.ts';

/** Keys of `config.json` that change no number: names, versions, and the type that weights were stored in. */
const silentKeys = new Set([
  '_name_or_path',
  'architectures',
  'auto_map',
  'dtype',
  'torch_dtype',
  'transformers_version',
  'use_cache',
]);

/** The part of a model's `config.json` that its numbers may follow from: all but names, versions and the stored type. */
export function decisiveConfiguration({
  spec,
}: Pick<Model, 'spec'>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(spec.configuration).filter(([key]) => !silentKeys.has(key)),
  );
}

function addHead(hash: Sha256, name: string, dtype: string, shape: readonly number[]): void {
  hash.update(`${JSON.stringify([name, dtype, shape])}\n`);
}

/**
 * SHA-256 over tensors: every name, type and shape, and every byte of the values, in the order of the names. One changed
 * value changes it. It reads about a gigabyte a second.
 *
 * @returns `sha256:` and 64 hexadecimal digits
 */
export function tensorsDigest(tensors: Readonly<Record<string, HostTensor>>): string {
  const hash = createSha256();
  for (const name of Object.keys(tensors).sort()) {
    const { dtype, shape, data } = tensors[name]!;
    addHead(hash, name, dtype, shape);
    hash.update(data);
  }
  return `sha256:${hash.hex()}`;
}

const known = new WeakMap<WeightStore, Promise<string>>();

/**
 * {@link tensorsDigest} of a model's weights as float32, read a piece at a time; computed once for each store, whose values
 * never change.
 */
export function weightsDigest({ weights }: Pick<Model, 'weights'>): Promise<string> {
  const found = known.get(weights) ?? digestOf(weights);
  known.set(weights, found);
  // A reading that failed may succeed the next time.
  found.catch(() => known.delete(weights));
  return found;
}

async function digestOf(weights: WeightStore): Promise<string> {
  const hash = createSha256();
  for (const name of weights.names.toSorted()) {
    addHead(hash, name, 'float32', weights.spec(name).shape);
    for await (const piece of weightPieces(weights, name)) hash.update(piece);
  }
  return `sha256:${hash.hex()}`;
}

/**
 * What tells one base model from another: SHA-256 over its weights as float32 and the part of its `config.json` that
 * numbers follow from. The folder, the file layout (one file or shards) and the stored type do not matter as long as the
 * values are the same: a bfloat16 model saved again as float32 keeps its fingerprint, the other way round it does not.
 *
 * @returns `sha256:` and 64 hexadecimal digits
 */
export async function modelFingerprint(model: Pick<Model, 'spec' | 'weights'>): Promise<string> {
  const configuration = JSON.stringify(sortedKeys(decisiveConfiguration(model)));
  const digest = await weightsDigest(model);
  return `sha256:${sha256(`${configuration}\n${digest}`)}`;
}

function sortedKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortedKeys);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(entries.map(([key, item]) => [key, sortedKeys(item)]));
}

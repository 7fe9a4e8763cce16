import { createHash } from 'node:crypto';
import type { HostTensor } from '@tunesmith/runtime';
import { TunesmithError } from '@tunesmith/schema';

/** JSON values. */
export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [key: string]: Json };

/** What a run's numbers follow from, in readable form: settings, data, model, adapters. Kept in every checkpoint. */
export type RunDescription = { readonly [key: string]: Json };

/**
 * Holds a run to the checkpoint it goes on from.
 *
 * @throws TunesmithError `different-run` naming every value that differs, then and now.
 */
export function requireSameRun(now: RunDescription, then: RunDescription, path: string): void {
  const differences = compare(then, JSON.parse(JSON.stringify(now)) as RunDescription, '');
  if (differences.length === 0) return;
  throw new TunesmithError({
    package: '@tunesmith/trainer',
    code: 'different-run',
    message: `cannot go on from ${path}: ${differences.join('; ')}`,
    value: path,
    accepted: 'the settings and data that the checkpoint was made with, or a new output folder',
  });
}

/** A short digest of tensors: names, shapes, and up to 4,096 evenly spaced values of each. */
export function tensorsDigest(tensors: Readonly<Record<string, HostTensor>>): string {
  const hash = createHash('sha256');
  for (const name of Object.keys(tensors).sort()) {
    const { shape, data } = tensors[name]!;
    hash.update(`${name}:${shape.join('x')};`);
    const step = Math.max(1, Math.floor(data.length / 4096));
    const sample = Float64Array.from(
      { length: Math.ceil(data.length / step) },
      (_, i) => data[i * step]!,
    );
    hash.update(new Uint8Array(sample.buffer));
  }
  return hash.digest('hex').slice(0, 16);
}

function compare(then: Json | undefined, now: Json | undefined, path: string): string[] {
  if (isObject(then) && isObject(now)) {
    const keys = [...new Set([...Object.keys(then), ...Object.keys(now)])].sort();
    return keys.flatMap((key) => compare(then[key], now[key], path ? `${path}.${key}` : key));
  }
  const [before, after] = [JSON.stringify(then), JSON.stringify(now)];
  return before === after ? [] : [`${path} was ${before ?? 'absent'} and is ${after ?? 'absent'}`];
}

function isObject(value: Json | undefined): value is { readonly [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

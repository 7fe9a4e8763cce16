import { memoryFiles, readBytes, TunesmithError } from '@tunesmith/schema';
import { nodeFiles } from '@tunesmith/schema/node';
import { expect, test } from 'vitest';
import { golden } from '../../test-support/fixtures.ts';
import { openSafetensors } from '../safetensors/read.ts';
import { openGguf } from './open.ts';

/** Numbers from 0 up to 1 that a seed decides (mulberry32). */
function numbersOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A file with some of its first bytes changed, cut off or put in twice. */
function damaged(bytes: Uint8Array, header: number, random: () => number): Uint8Array {
  const below = (end: number): number => Math.floor(random() * end);
  const changed = bytes.slice();
  for (let i = 0, count = 1 + below(4); i < count; i++)
    changed[below(header)] = [0, 255, 1, below(256)][below(4)]!;
  const kind = below(4);
  if (kind === 0) return changed.slice(0, below(changed.length));
  const at = below(header);
  if (kind === 1)
    return Uint8Array.of(...changed.subarray(0, at), ...changed.subarray(Math.max(0, at - 8)));
  return changed;
}

test.each([
  ['gguf/base_llama.gguf', 2500, openGguf],
  ['llama_bfloat16/model.safetensors', 1500, openSafetensors],
] as const)(
  '%s: a damaged header is read or refused, and never fails otherwise',
  async (path, header, open) => {
    const bytes = await readBytes(nodeFiles(golden('.')), path);
    const random = numbersOf(7);
    let refused = 0;
    for (let i = 0; i < 1500; i++) {
      const files = memoryFiles({ file: damaged(bytes, header, random) });
      try {
        await open(files, 'file');
      } catch (error) {
        expect(TunesmithError.is(error), String(error)).toBe(true);
        refused += 1;
      }
    }
    expect(refused).toBeGreaterThan(300);
  },
  60_000,
);

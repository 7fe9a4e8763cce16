import type { RandomSource } from './generators.ts';
import { createRandom } from './random.ts';

/**
 * A random order of `count` things: Fisher and Yates' shuffle of 0 … count - 1, fixed by the seed.
 *
 * @param count how many
 * @param seed any integer
 * @param stream a name, so that one seed gives several orders (an epoch's number, for example)
 */
export function permutation(count: number, seed: number, stream = 'permutation'): Uint32Array {
  const order = Uint32Array.from({ length: count }, (_, index) => index);
  const random = createRandom(seed, stream);
  for (let last = count - 1; last > 0; last -= 1) {
    const other = random.integer(last + 1);
    [order[last], order[other]] = [order[other]!, order[last]!];
  }
  return order;
}

/** The items in the random order of {@link permutation}. */
export function shuffled<Item>(items: readonly Item[], seed: number, stream?: string): Item[] {
  return Array.from(permutation(items.length, seed, stream), (index) => items[index]!);
}

/**
 * Shuffles a stream through a buffer: each item leaves at a random moment after it came in. The
 * larger the buffer, the closer to a full shuffle; `buffer` of the stream's length is one.
 *
 * @param source items in any order
 * @param options seed and buffer
 * @param options.seed any integer
 * @param options.buffer items held at once, at least 1; default 10,000
 */
export async function* shuffleStream<Item>(
  source: AsyncIterable<Item> | Iterable<Item>,
  { seed, buffer = 10_000 }: { seed: number; buffer?: number },
): AsyncGenerator<Item> {
  const random = createRandom(seed, 'shuffle-stream');
  const held: Item[] = [];
  for await (const item of source) {
    if (held.length < buffer) {
      held.push(item);
      continue;
    }
    const index = random.integer(held.length);
    const leaving = held[index]!;
    held[index] = item;
    yield leaving;
  }
  while (held.length > 0) {
    const index = random.integer(held.length);
    const leaving = held[index]!;
    held[index] = held.at(-1)!;
    held.pop();
    yield leaving;
  }
}

/** `count` distinct whole numbers below `limit` in random order; with repeats only when `count > limit`. */
export function sampleIndices(count: number, limit: number, uniform: RandomSource): number[] {
  if (count > limit) return Array.from({ length: count }, () => Math.floor(uniform() * limit));
  const moved = new Map<number, number>();
  return Array.from({ length: count }, (_, i) => {
    const chosen = i + Math.floor(uniform() * (limit - i));
    const value = moved.get(chosen) ?? chosen;
    moved.set(chosen, moved.get(i) ?? i);
    return value;
  });
}

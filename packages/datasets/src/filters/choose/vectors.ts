import { xoshiro128 } from '@tunesmith/schema';

/** Vectors of length 1, so that a product is a cosine. */
export type Vectors = readonly Float32Array[];

/** The sum of products: the cosine of vectors of length 1. */
export function product(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let at = 0; at < a.length; at++) sum += a[at]! * b[at]!;
  return sum;
}

/**
 * Goes through vectors in an order and keeps each that is not too similar to one already kept, until there are enough: Deita's
 * filter.
 *
 * @param order indices, the best first
 * @param similarity cosine above which two are too similar
 * @returns the indices that are kept, in that order
 */
export function keepUnlike(
  vectors: Vectors,
  order: readonly number[],
  similarity: number,
  count: number,
): number[] {
  const kept: number[] = [];
  for (const index of order) {
    if (kept.length >= count) break;
    const own = vectors[index]!;
    if (kept.every((other) => product(own, vectors[other]!) <= similarity)) kept.push(index);
  }
  return kept;
}

/**
 * k-center by the farthest first: begins with the vector farthest from the mean of all, and takes again and again the one whose
 * nearest chosen one is farthest, so that no vector is more than twice as far from a chosen one as need be. Of equals the first.
 *
 * Gonzalez, Clustering to minimize the maximum intercluster distance (1985).
 */
export function kCenter(vectors: Vectors, count: number): number[] {
  if (vectors.length === 0) return [];
  const mean = new Float32Array(vectors[0]!.length);
  for (const vector of vectors)
    vector.forEach((value, at) => (mean[at]! += value / vectors.length));
  const nearest = vectors.map(() => Number.POSITIVE_INFINITY);
  const chosen: number[] = [];
  let next = farthest(vectors.map((vector) => distance(vector, mean)));
  while (chosen.length < Math.min(count, vectors.length)) {
    chosen.push(next);
    nearest[next] = -1;
    vectors.forEach((vector, index) => {
      if (nearest[index]! >= 0)
        nearest[index] = Math.min(nearest[index]!, distance(vector, vectors[chosen.at(-1)!]!));
    });
    next = farthest(nearest);
  }
  return chosen;
}

/**
 * k-means, begun by k-means++: the cluster of each vector. A cluster that loses all its vectors takes the one that is farthest from
 * its own center. Ends when nothing changes, or after 100 rounds.
 */
export function kMeans(vectors: Vectors, count: number, seed: number): Clusters {
  const random = xoshiro128(seed, 'k-means');
  const size = Math.min(count, vectors.length);
  const centers: Float32Array[] = [];
  const nearest = vectors.map(() => Number.POSITIVE_INFINITY);
  while (centers.length < size) {
    const center =
      vectors[
        centers.length === 0 ? Math.floor(random() * vectors.length) : drawn(nearest, random())
      ]!;
    centers.push(Float32Array.from(center));
    vectors.forEach((vector, index) => {
      nearest[index] = Math.min(nearest[index]!, distance(vector, center));
    });
  }
  let clusters = vectors.map(() => -1);
  for (let round = 0; round < 100; round++) {
    const distances = vectors.map(() => 0);
    const now = vectors.map((vector, index) => {
      const own = centers.map((center) => distance(vector, center));
      const best = own.indexOf(Math.min(...own));
      distances[index] = own[best]!;
      return best;
    });
    for (let cluster = 0; cluster < size; cluster++) {
      if (now.includes(cluster)) continue;
      const alone = farthest(distances);
      now[alone] = cluster;
      distances[alone] = -1;
    }
    if (now.every((cluster, index) => cluster === clusters[index])) break;
    clusters = now;
    centers.forEach((center, cluster) => {
      center.fill(0);
      const own = vectors.filter((_, index) => clusters[index] === cluster);
      for (const vector of own) vector.forEach((value, at) => (center[at]! += value / own.length));
    });
  }
  return { clusters, distances: vectors.map((one, at) => distance(one, centers[clusters[at]!]!)) };
}

/** What {@link kMeans} found. */
export interface Clusters {
  /** The cluster of each vector. */
  readonly clusters: readonly number[];
  /** The squared distance of each vector from its cluster's center. */
  readonly distances: readonly number[];
}

/** Squared. */
function distance(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let at = 0; at < a.length; at++) sum += (a[at]! - b[at]!) ** 2;
  return sum;
}

function farthest(distances: readonly number[]): number {
  let best = 0;
  distances.forEach((one, index) => {
    if (one > distances[best]!) best = index;
  });
  return best;
}

/** An index, each as likely as its weight; the first one where all are 0. */
function drawn(weights: readonly number[], uniform: number): number {
  let left = uniform * weights.reduce((sum, weight) => sum + weight, 0);
  const index = weights.findIndex((weight) => (left -= weight) < 0);
  return Math.max(0, index);
}

import type { DataFilter } from '@tunesmith/schema';
import { completed } from '../completed.ts';
import { ofSchema, type RecordPart } from '../text-option.ts';
import {
  checkHowMany,
  embedAll,
  howManyOptions,
  numberOf,
  verdictsOf,
  type HowMany,
} from './choose.ts';
import { kCenter, kMeans } from './vectors.ts';

interface DiverseOptions extends HowMany {
  readonly model: string;
  readonly method: 'k-center' | 'k-means';
  readonly per_cluster: number;
  readonly of: RecordPart;
}

/**
 * Keeps records that lie apart, by a model's vectors of their texts: `k-center` takes again and again the one farthest from all
 * taken; `k-means` makes clusters and takes the `per_cluster` records nearest to each center. All records are held until the last is
 * seen.
 */
export const diverse: DataFilter = {
  specVersion: 2,
  name: 'diverse',
  description: 'Keeps records whose texts lie apart, by k-center or k-means over embeddings.',
  options: {
    type: 'object',
    properties: {
      model: {
        type: 'string',
        minLength: 1,
        description:
          'The model that embeds them, such as a sentence encoder, named as in model.from.',
      },
      method: {
        type: 'string',
        enum: ['k-center', 'k-means'],
        default: 'k-center',
        description: 'How they are chosen.',
      },
      ...howManyOptions,
      per_cluster: {
        type: 'integer',
        minimum: 1,
        default: 1,
        description:
          'Of k-means: how many of each cluster; there are as many clusters as that takes.',
      },
      of: ofSchema,
    },
    required: ['model'],
    additionalProperties: false,
  },
  check: (options = {}) => checkHowMany('diverse', options, true),
  async *judge(records, context, given) {
    const options = completed<DiverseOptions>(diverse, given);
    const all = await embedAll(records, await context.scoringModel(options.model), options.of);
    const { vectors } = all;
    const count = Math.min(vectors.length, numberOf(options, all.records.length));
    const chosen =
      options.method === 'k-center'
        ? kCenter(vectors, count)
        : nearestToCenters(vectors, { ...options, count, seed: context.seed });
    yield* verdictsOf(all, chosen, `not among ${options.method}'s choice`);
  },
};

function nearestToCenters(
  vectors: readonly Float32Array[],
  { count, per_cluster: each, seed }: { count: number; per_cluster: number; seed: number },
): number[] {
  const { clusters, distances } = kMeans(vectors, Math.ceil(count / each), seed);
  const byDistance = [...vectors.keys()].toSorted((a, b) => distances[a]! - distances[b]! || a - b);
  const taken = new Map<number, number>();
  const chosen: number[] = [];
  for (const index of byDistance) {
    const cluster = clusters[index]!;
    const already = taken.get(cluster) ?? 0;
    if (already >= each || chosen.length >= count) continue;
    taken.set(cluster, already + 1);
    chosen.push(index);
  }
  return chosen;
}

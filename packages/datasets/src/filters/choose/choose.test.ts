import type { ChatModel, DataRecord, FilterContext, ScoringModel } from '@tunesmith/schema';
import { testDataFilter } from '@tunesmith/testing';
import { expect, test } from 'vitest';
import { deita } from './deita.ts';
import { diverse } from './diverse.ts';
import { kCenter, keepUnlike, kMeans } from './vectors.ts';

const at = (degrees: number): Float32Array => {
  const angle = (degrees * Math.PI) / 180;
  return Float32Array.of(Math.cos(angle), Math.sin(angle));
};
const spread = [0, 2, 90, 92, 180, 181].map(at);

test('k-center takes the farthest from those that it has', () => {
  const chosen = kCenter(spread, 3);
  expect(new Set(chosen.map((index) => Math.floor(index / 2)))).toEqual(new Set([0, 1, 2]));
  expect(kCenter(spread, 99).toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5]);
  expect(kCenter([], 2)).toEqual([]);
});

test('k-means finds clusters that lie apart, whatever the seed', () => {
  for (let seed = 0; seed < 10; seed++) {
    const { clusters } = kMeans(spread, 3, seed);
    expect(clusters[0]).toBe(clusters[1]);
    expect(clusters[2]).toBe(clusters[3]);
    expect(clusters[4]).toBe(clusters[5]);
    expect(new Set(clusters).size).toBe(3);
  }
});

test('k-means of equal vectors leaves no cluster empty', () => {
  const { clusters } = kMeans([at(0), at(0), at(0)], 3, 1);
  expect(new Set(clusters).size).toBe(3);
});

test("Deita's filter goes from the best on, and compares with those that it kept alone", () => {
  // 0 and 20 degrees have a cosine of 0.94, 0 and 40 one of 0.77: 20 leaves, and does not keep 40 out.
  const vectors = [at(0), at(20), at(40)];
  expect(keepUnlike(vectors, [0, 1, 2], 0.9, 9)).toEqual([0, 2]);
  expect(keepUnlike(vectors, [1, 0, 2], 0.9, 9)).toEqual([1]);
  expect(keepUnlike(vectors, [2, 1, 0], 0.5, 9)).toEqual([2]);
  expect(keepUnlike(vectors, [0, 1, 2], 1, 2)).toEqual([0, 1]);
});

const angled = (id: string, degrees: number, output = 'fine'): DataRecord => ({
  id,
  instruction: String(degrees),
  output,
});
const model: ScoringModel = {
  name: 'angles',
  losses: async () => [],
  embeddings: async (texts) => texts.map((text) => at(Number.parseFloat(text) || 0)),
};
const judge: ChatModel = {
  name: 'scripted',
  respond: async ([message]) => {
    const asked = message!.content as string;
    const text = !asked.includes('Answer:') ? '2' : asked.includes('poor') ? '1' : '6';
    return { answers: [{ text, finish: 'stop' }] };
  },
};
const context: Partial<FilterContext> = {
  scoringModel: async () => model,
  chatModel: async () => judge,
};
const records = [
  angled('a', 0, 'poor'),
  angled('b', 1),
  angled('c', 90, 'poor'),
  angled('d', 180),
  angled('e', 181, 'poor'),
];

testDataFilter(diverse, {
  context,
  options: { model: 'angles', count: 3 },
  cases: [
    { records: records.slice(0, 3), kept: ['a', 'b', 'c'] },
    { options: { count: 1, method: 'k-means' }, records: records.slice(2, 3), kept: ['c'] },
    {
      options: { method: 'k-means', count: 5, per_cluster: 2 },
      records: [angled('a', 0), angled('b', 180)],
      kept: ['a', 'b'],
    },
  ],
  refused: [
    { options: { share: 0.5 }, message: 'count and share are given' },
    { options: { method: 'random' }, message: 'method' },
  ],
});

testDataFilter(deita, {
  context,
  options: { model: 'angles', judge: 'scripted' },
  cases: [
    {
      records,
      kept: ['b', 'c', 'd'],
      reasons: ['too similar to a better one, or beyond the count'],
    },
    { options: { count: 1 }, records, kept: ['b'] },
    { options: { similarity: 1, share: 0.4 }, records, kept: ['b', 'd'] },
  ],
  refused: [
    { options: { count: 1, share: 0.5 }, message: 'count and share are given' },
    { options: { similarity: 2 }, message: 'similarity' },
  ],
});

test('deita asks about several records at once, and gives each the score of its own answers', async () => {
  let [under, most] = [0, 0];
  const slow: ChatModel = {
    name: 'slow',
    async respond(messages) {
      most = Math.max(most, ++under);
      // what was asked first is answered last
      await new Promise((resolve) => setTimeout(resolve, 20 - under));
      under -= 1;
      return judge.respond(messages);
    },
  };
  const source = (async function* () {
    yield* records;
  })();
  const given = { ...context, chatModel: async () => slow } as FilterContext;
  const options = { model: 'angles', judge: 'slow' };
  const scores: unknown[] = [];
  for await (const { detail } of deita.judge(source, given, options))
    scores.push(detail?.['score']);
  // 2 for every request, 1 for a poor answer and 6 for another one
  expect(scores).toEqual([2, 12, 2, 12, 2]);
  expect(most).toBe(10);
});

test('diverse keeps records of different directions', async () => {
  const options = { model: 'angles', count: 3, method: 'k-center', of: 'record', per_cluster: 1 };
  const kept: string[] = [];
  const source = (async function* () {
    yield* records;
  })();
  for await (const { record, dropped } of diverse.judge(source, context as FilterContext, options))
    if (dropped === undefined) kept.push(record.id);
  expect(kept).toHaveLength(3);
  expect(kept).toContain('c');
});

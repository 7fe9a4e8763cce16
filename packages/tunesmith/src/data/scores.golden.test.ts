import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { deita, ifd } from '@tunesmith/datasets';
import type { DataRecord, FilterContext } from '@tunesmith/schema';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openSession } from '../open-session.ts';
import type { Session } from '../session.ts';
import { scoringModelOf, type SessionScoringModel } from './scoring-model.ts';

/** By torch and transformers, as the papers' programs compute it: see `goldens/make_scores.py`. */
interface Golden {
  asked: string;
  unasked: string;
  complexity: string;
  quality: string;
  rows: {
    turns: [prompt: string, answer: string][];
    ifd?: { loss: number; perplexity: number };
    deita: number;
  }[];
  cosines: number[][];
  kept: Record<string, number[]>;
}

let golden: Golden;
let session: Session;
let model: SessionScoringModel;
let records: DataRecord[];
beforeAll(async () => {
  const path = new URL('../../goldens/scores.golden.json', import.meta.url);
  golden = JSON.parse(await readFile(path, 'utf8')) as Golden;
  const nano = fileURLToPath(new URL('../../../nano/model', import.meta.url));
  session = await openSession({ model: nano, device: 'cpu' });
  model = await scoringModelOf(session, 'nano');
  records = golden.rows.map(({ turns }, index) => ({
    id: String(index),
    messages: turns.flatMap(([prompt, answer]) => [
      { role: 'user' as const, content: prompt },
      { role: 'assistant' as const, content: answer },
    ]),
  }));
});
afterAll(async () => {
  await model.dispose();
  await session.close();
});

const context = (): FilterContext =>
  ({
    seed: 0,
    heldOut: [],
    scoringModel: async () => model,
  }) as Partial<FilterContext> as FilterContext;

async function* each(given: readonly DataRecord[]): AsyncGenerator<DataRecord> {
  yield* given;
}

test.each(['loss', 'perplexity'] as const)(
  'instruction-following difficulty by %s is that of torch',
  async (definition) => {
    const known = golden.rows.flatMap((row, index) => (row.ifd ? [{ ...row.ifd, index }] : []));
    const given = each(known.map(({ index }) => records[index]!));
    const { asked, unasked } = golden;
    const options = { model: 'nano', definition, asked, unasked };
    const scores: unknown[] = [];
    for await (const { record } of ifd.judge(given, context(), options))
      scores.push((record.meta!['scores'] as { ifd: number }).ifd);
    for (const [place, row] of known.entries())
      expect(Math.abs((scores[place] as number) / row[definition] - 1)).toBeLessThan(1e-5);
  },
);

test("Deita's scores are those of torch, and so is what its filter keeps, at every bound", async () => {
  const { complexity, quality } = golden;
  for (const [similarity, expected] of Object.entries(golden.kept)) {
    const scorers = { complexity: 'nano', quality: 'nano' };
    const options = { model: 'nano', scorers, complexity, quality, similarity: Number(similarity) };
    const kept: number[] = [];
    for await (const { record, dropped, detail } of deita.judge(
      each(records),
      context(),
      options,
    )) {
      const place = Number(record.id);
      expect(Math.abs((detail!['score'] as number) / golden.rows[place]!.deita - 1)).toBeLessThan(
        1e-5,
      );
      if (dropped === undefined) kept.push(place);
    }
    expect(kept).toEqual(expected);
  }
});

test('cosines of embeddings are those of torch', async () => {
  const texts = golden.rows.map(({ turns }) =>
    [...turns.map(([prompt]) => prompt), ...turns.map(([, answer]) => answer)].join('\n'),
  );
  const vectors = await model.embeddings(texts);
  for (const [one, row] of golden.cosines.entries())
    for (const [other, cosine] of row.entries()) {
      const product = vectors[one]!.reduce(
        (sum, value, at) => sum + value * vectors[other]![at]!,
        0,
      );
      expect(Math.abs(product - cosine)).toBeLessThan(1e-5);
    }
});

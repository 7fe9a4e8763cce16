import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openSession } from '../open-session.ts';
import { withLanguageModel } from '../session-model.ts';
import type { Session } from '../session.ts';
import { filterData } from './filter-data.ts';
import { scoringModelOf } from './scoring-model.ts';

const nano = fileURLToPath(new URL('../../../nano/model', import.meta.url));
let session: Session;
beforeAll(async () => {
  session = await openSession({ model: nano, device: 'cpu' });
});
afterAll(() => session.close());

test('losses are those of the answer alone, after its context', async () => {
  const model = await scoringModelOf(session, 'nano');
  const [given, empty] = await model.losses([
    { context: 'the cat ', text: 'sat on the mat' },
    { context: 'the cat ', text: '' },
  ]);
  const { tokenizer } = session;
  const encode = (text: string) => tokenizer!.encode(text, { special: false });
  const bos = tokenizer!.addsBos && tokenizer!.bos !== undefined ? [tokenizer!.bos] : [];
  const [scored] = await withLanguageModel(session, (language) =>
    language.logLikelihoods([
      { context: [...bos, ...encode('the cat ')], continuation: encode('sat on the mat') },
    ]),
  );
  expect(given!.tokens).toBe(scored!.tokens);
  expect(given!.loss).toBeCloseTo(-scored!.sum / scored!.tokens, 5);
  expect(empty).toEqual({ loss: Number.NaN, tokens: 0 });
  await model.dispose();
});

test('embeddings have length 1, and do not depend on what is embedded beside them', async () => {
  const model = await scoringModelOf(session, 'nano');
  const texts = ['the cat sat', 'a much longer text about a dog that ran away', '', 'the cat sat'];
  const together = await model.embeddings(texts);
  const [alone] = await model.embeddings(['the cat sat']);
  for (const vector of [together[0]!, together[1]!])
    expect(Math.hypot(...vector)).toBeCloseTo(1, 5);
  expect(together[3]).toEqual(together[0]);
  together[0]!.forEach((value, at) => expect(value).toBeCloseTo(alone![at]!, 5));
  await model.dispose();
});

test('filters ask a model that they name, on a file', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tunesmith-scores-'));
  try {
    const rows = [
      { instruction: 'Say it', output: 'the cat sat on the mat' },
      { instruction: 'Say it', output: 'zq xv jw qz vx wj zz qq' },
    ];
    const path = join(folder, 'rows.jsonl');
    await writeFile(path, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
    const out = join(folder, 'kept.jsonl');
    const filters = [{ name: 'perplexity', model: nano, share: 0.5 }];
    const { written, report } = await filterData({ path, filters, out, device: 'cpu' });
    expect(written).toBe(1);
    expect(report.steps[1]!.dropped).toMatchObject([
      { reason: 'not among the best perplexity scores', count: 1 },
    ]);
    expect(await readFile(out, 'utf8')).toContain('cat');
    const diverse = [{ name: 'diverse', model: nano, count: 1 }];
    await filterData({ path, filters: diverse, out, device: 'cpu', overwrite: true });
  } finally {
    await rm(folder, { recursive: true });
  }
});

import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { GenerateOptions } from '@tunesmith/models';
import type { OneOrSeveral } from '@tunesmith/schema';
import { beforeAll, describe, expect, test } from 'vitest';
import type { NamedAdapters } from './adapters.ts';
import { evaluate } from './evaluate.ts';
import { merge } from './merge.ts';
import { withLanguageModel } from './session-model.ts';
import { openSession } from './open-session.ts';

const fixture = (name: string) =>
  fileURLToPath(new URL(`../../testing/fixtures/peft/${name}`, import.meta.url));
const model = fixture('base_llama');
const [lora, ia3] = [fixture('llama_lora_rslora_pattern'), fixture('llama_ia3')];
/** Adapters of two methods, each for the records that name it. */
const chosen: NamedAdapters[] = [
  { from: lora, name: 'poems', byRecord: true },
  { from: ia3, name: 'sums', byRecord: true },
];

let home: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'chosen-'));
});

const idsOf = (row: number) =>
  Array.from({ length: 9 }, (_, place) => 3 + ((row * 7 + place * 5) % 60));

/** The held-out loss of one row, and of all. */
async function losses(
  name: string,
  rows: readonly { row: number; adapter?: string }[],
  adapter?: OneOrSeveral<string | NamedAdapters>,
): Promise<number[]> {
  const path = join(home, `${name}.jsonl`);
  const lines = rows.map((one) =>
    JSON.stringify({
      input_ids: idsOf(one.row),
      labels: idsOf(one.row),
      meta: { adapter: one.adapter },
    }),
  );
  await writeFile(path, `${lines.join('\n')}\n`);
  const { evaluation } = await evaluate(
    {
      model,
      method: 'none',
      data: [{ path, format: 'tokenized', split: 'heldout' }],
      evaluation: { tasks: ['heldout'] },
    },
    adapter === undefined ? {} : { adapter },
  );
  return evaluation.instances.map(
    ({ observations }) => observations['loss']!.total / observations['loss']!.weight,
  );
}

describe('adapters that records choose', () => {
  test('each row is measured with the adapter that it names, or with none', async () => {
    const mixed = await losses(
      'mixed',
      [{ row: 1, adapter: 'sums' }, { row: 2 }, { row: 3, adapter: 'poems' }],
      chosen,
    );
    const alone = [
      ...(await losses('sums', [{ row: 1 }], ia3)),
      ...(await losses('none', [{ row: 2 }])),
      ...(await losses('poems', [{ row: 3 }], lora)),
    ];
    expect(mixed).toHaveLength(3);
    for (const [row, loss] of alone.entries()) expect(mixed[row]).toBeCloseTo(loss, 5);
    const [without] = await losses('bare', [{ row: 3 }]);
    expect(Math.abs(mixed[2]! - without!)).toBeGreaterThan(1e-3);
  });

  test.each<[string, GenerateOptions]>([
    ['greedily', {}],
    ['as samples', { temperature: 1, samples: 2 }],
    ['by beams', { beams: 3, samples: 2 }],
  ])(
    'texts of one batch are written by the adapter of each, as they are alone: %s',
    async (_, more) => {
      const prompts = [idsOf(1), idsOf(2), idsOf(3)];
      const asked = { maximumTokens: 8, ignoreEnd: true, ...more };
      const { samples = 1 } = more;
      const written = async (
        adapter: OneOrSeveral<string | NamedAdapters> | undefined,
        names: readonly string[] = [],
      ): Promise<string[]> => {
        const session = await openSession({ model, ...(adapter === undefined ? {} : { adapter }) });
        try {
          const records = prompts.map((_, row) => ({ meta: { adapter: names[row] } }));
          const texts = await withLanguageModel(session, (languageModel) =>
            languageModel.generate(prompts, { ...asked, records }),
          );
          return prompts.map((_prompt, row) =>
            texts
              .slice(row * samples, (row + 1) * samples)
              .map(({ ids }) => ids.join(' '))
              .join('; '),
          );
        } finally {
          await session.close();
        }
      };
      const [poems, sums, bare] = [
        await written(lora),
        await written(ia3),
        await written(undefined),
      ];
      expect(poems[0]).not.toBe(bare[0]);
      expect(await written(chosen, ['poems', 'sums'])).toEqual([poems[0], sums[1], bare[2]]);
    },
  );

  test('an encoder-decoder writes and scores with them, also where keys and values are the source’s', async () => {
    const t5 = fileURLToPath(new URL('../../models/test-support/fixtures/t5', import.meta.url));
    const [all, few] = [fixture('t5_lora'), fixture('t5_ia3')];
    // Texts of different lengths, which share a row where they are scored.
    const texts = [idsOf(1), idsOf(2).slice(0, 4), idsOf(3).slice(0, 6)];
    const found = async (
      adapter: OneOrSeveral<string | NamedAdapters> | undefined,
      names: readonly string[] = [],
    ): Promise<[string[], number[]]> => {
      const session = await openSession({
        model: t5,
        ...(adapter === undefined ? {} : { adapter }),
      });
      try {
        const records = texts.map((_, row) => ({ meta: { adapter: names[row] } }));
        return await withLanguageModel(session, async (languageModel) => {
          const written = await languageModel.generate(texts, {
            maximumTokens: 6,
            ignoreEnd: true,
            records,
          });
          const scored = await languageModel.logLikelihoods(
            texts.map((context, row) => ({
              context,
              continuation: idsOf(row + 4).slice(0, 3 + row),
              record: records[row]!,
            })),
          );
          return [written.map(({ ids }) => ids.join(' ')), scored.map(({ sum }) => sum)];
        });
      } finally {
        await session.close();
      }
    };
    const alone = [await found(all), await found(few), await found(undefined)] as const;
    const [written, scores] = await found(
      [
        { from: all, name: 'all', byRecord: true },
        { from: few, name: 'few', byRecord: true },
      ],
      ['all', 'few'],
    );
    for (const [row, [ownTexts, ownScores]] of alone.entries()) {
      expect(written[row]).toBe(ownTexts[row]);
      expect(scores[row]).toBeCloseTo(ownScores[row]!, 4);
    }
    expect(Math.abs(alone[0][1][0]! - alone[2][1][0]!)).toBeGreaterThan(1e-2);
  });

  test('a name that no adapter has is an error that lists them', async () => {
    await expect(losses('unknown', [{ row: 1, adapter: 'prose' }], chosen)).rejects.toThrow(
      'has meta.adapter "prose"; accepted: meta.adapter: poems, sums, or nothing',
    );
  });

  test('what serves all rows alike cannot be chosen, and what is chosen cannot be merged', async () => {
    const prompt = { from: fixture('llama_prompt'), name: 'prompt', byRecord: true };
    await expect(openSession({ model, adapter: prompt })).rejects.toThrow(
      'adapter "prompt" (prompt) cannot be chosen by record: it gives every document virtual tokens',
    );
    await expect(merge({ model, adapter: chosen[0]!, out: join(home, 'merged') })).rejects.toThrow(
      'records choose it, and a merged model serves all alike',
    );
  });
});

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { golden } from '../../test-support/fixtures.ts';
import { readGenerationDefaults } from './defaults.ts';
import { createProcessors, type ScoreOptions } from './processors.ts';
import { warp } from './warpers.ts';

interface Case {
  readonly settings: Record<string, unknown>;
  readonly prompt: number[];
  readonly begun: number[];
  readonly written: number[];
  readonly scores: number[];
  /** What transformers makes of the scores; null for −∞. */
  readonly made: (number | null)[];
}

const { endIds, limit, cases } = JSON.parse(readFileSync(golden('processors.json'), 'utf8')) as {
  endIds: number[];
  limit: number;
  cases: Case[];
};

/** Processed scores, without what may not come. */
function made(
  options: ScoreOptions,
  { prompt, begun, written, scores }: Omit<Case, 'settings' | 'made'>,
): Float32Array {
  const process = createProcessors({
    options,
    prompt,
    tokenizer: undefined,
    endIds: new Set(endIds),
    limit,
  });
  return process(Float32Array.from(scores), { ids: [...begun, ...written], begun: begun.length });
}

test.each(cases)('$settings makes of scores after $written what transformers makes', (one) => {
  const { sampling, scoring, ignored } = readGenerationDefaults(one.settings);
  expect(ignored).toEqual([]);
  const scores = made(scoring, one);
  const kept = sampling.asked ? warp(scores, sampling).ids : undefined;
  const temperature = sampling.temperature ?? 1;
  for (const [id, expected] of one.made.entries()) {
    const isKept = kept ? kept.includes(id) : scores[id]! > Number.NEGATIVE_INFINITY;
    expect(isKept, `token ${id}`).toBe(expected !== null);
    if (expected !== null) expect(scores[id]! / temperature).toBeCloseTo(expected, 4);
  }
});

const plain = { prompt: [1], begun: [1], written: [2, 2, 3], scores: [1, 1, 1, 1] };

test("presence and frequency penalties take from what was written, as OpenAI's API defines them", () => {
  const scores = made({ presencePenalty: 0.5, frequencyPenalty: 0.25 }, plain);
  expect([...scores]).toEqual([1, 1, 1 - 0.5 - 2 * 0.25, 1 - 0.5 - 0.25]);
});

test('a bias is added to the logits of its tokens', () => {
  expect([...made({ logitBias: { 0: -100, 3: 2 } }, plain)]).toEqual([-99, 1, 1, 3]);
});

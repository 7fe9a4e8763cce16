import { lora } from '@tunesmith/lora';
import { placeModel } from '@tunesmith/models';
import { chosenByRecord, createAdapter, type Adapter, type PeftMethod } from '@tunesmith/peft';
import { openDevice } from '@tunesmith/runtime/node';
import type { Conversation } from '@tunesmith/schema';
import { expect, test } from 'vitest';
import { tinyBert } from '../../test-support/tiny.ts';
import { wordCount, wordTokenizer } from '../../test-support/word-tokenizer.ts';
import { noVirtualTokens } from '../data/documents.ts';
import { createObjective } from '../objectives/plugins.ts';
import { createExampleMeasurer } from './measure-examples.ts';
import { scoreRecords } from './score.ts';

const model = tinyBert({ vocabulary: wordCount });

const record = (id: string, adapter?: string): Conversation => ({
  id,
  messages: [
    { role: 'user', content: 'it was a movie' },
    { role: 'assistant', content: 'great' },
  ],
  ...(adapter === undefined ? {} : { meta: { adapter } }),
});

const adapterOf = (name: string, seed: number): Promise<Adapter> =>
  createAdapter({
    model,
    method: lora as unknown as PeftMethod,
    config: { r: 4, alpha: 64, init: 'random', targets: ['query', 'value'] },
    name,
    seed,
  });

test('each record is measured with the adapter that it chose, or with none', async () => {
  const device = await openDevice('cpu');
  const placed = await placeModel(model, device);
  const objective = createObjective('masked-lm', {
    model,
    tokenizer: wordTokenizer(),
    maximumLength: 32,
    virtualTokens: noVirtualTokens,
  });
  const losses = async (
    adapters: readonly Adapter[],
    ...records: readonly Conversation[]
  ): Promise<number[]> => {
    const measurer = createExampleMeasurer({ placed, objective, adapters });
    const measured = await measurer.measure(records);
    await measurer.dispose();
    return measured.map(({ sums }) => sums['loss']!.total);
  };
  try {
    const [one, other] = [await adapterOf('one', 1), await adapterOf('other', 2)];
    const chosen = await losses(
      [chosenByRecord(one), chosenByRecord(other)],
      record('a', 'other'),
      record('b'),
      record('c', 'one'),
    );
    const alone = [
      ...(await losses([other], record('a'))),
      ...(await losses([], record('b'))),
      ...(await losses([one], record('c'))),
    ];
    for (const [row, loss] of alone.entries()) expect(chosen[row]).toBeCloseTo(loss, 5);
    expect(new Set(chosen.map((loss) => loss.toFixed(4))).size).toBe(3);
  } finally {
    placed.dispose();
    await device.close();
  }
});

test('choosing is measured with all answers, and a question without one by its masked tokens alone', async () => {
  const device = await openDevice('cpu');
  const placed = await placeModel(model, device);
  const context = {
    model,
    tokenizer: wordTokenizer(),
    maximumLength: 32,
    virtualTokens: noVirtualTokens,
  };
  const choices = ['great', 'bad', 'unbelievable'];
  const labeled: Conversation = { ...record('a'), meta: { choices } };
  const open = { ...labeled, id: 'b', messages: labeled.messages.slice(0, 1) };
  const objective = createObjective({ name: 'choice', masked_lm: { weight: 1e-4 } }, context);
  const measurer = createExampleMeasurer({ placed, objective });
  try {
    const [chosen, asked] = await measurer.measure([labeled, open]);
    const { scored } = await scoreRecords([labeled], { placed, objective });
    const { scores } = scored[0]!;
    const sum = scores.reduce((total, score) => total + Math.exp(score - scores[0]!), 0);
    expect(chosen!.sums['loss']).toEqual({ total: expect.closeTo(Math.log(sum), 4), over: 1 });
    // 15 % of four words, at least one
    expect(Object.keys(chosen!.sums)).toEqual(['loss', 'accuracy', 'masked_loss']);
    expect(chosen!.sums['masked_loss']!.over).toBe(1);
    expect(Object.keys(asked!.sums)).toEqual(['masked_loss']);
  } finally {
    await measurer.dispose();
    placed.dispose();
    await device.close();
  }
});

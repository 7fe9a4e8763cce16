/** Masks, cuts and rows beside TRL's and LLaMA-Factory's: `goldens/make_masks.py` made what is compared with. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Tokenizer } from '@tunesmith/models';
import { loadTokenizer } from '@tunesmith/models/node';
import type { Message } from '@tunesmith/schema';
import { beforeAll, describe, expect, test } from 'vitest';
import { cutExample, type Cut, type CutOptions, type Exchange } from './cut.ts';
import type { Learn } from './learn.ts';
import { pack } from './pack.ts';
import { tokenizeRecord } from './tokenize.ts';

interface Masked {
  readonly ids: readonly number[];
  readonly labels: readonly number[];
}

interface Golden {
  readonly conversations: readonly (readonly Message[])[];
  readonly trl: Readonly<Record<string, readonly Masked[]>>;
  readonly llamaFactory: Readonly<Record<string, readonly Masked[]>>;
  readonly cuts: readonly (Pick<CutOptions, 'maximumLength' | 'lastFirst'> & {
    readonly lengths: readonly (readonly [read: number, answer: number])[];
    readonly ids: readonly number[];
  })[];
  readonly packings: readonly {
    readonly lengths: readonly number[];
    readonly tokens: number;
    readonly rows: number;
  }[];
}

const file = new URL('../../goldens/masks.golden.json', import.meta.url);
const golden = JSON.parse(readFileSync(file, 'utf8')) as Golden;
let tokenizer: Tokenizer;
beforeAll(async () => {
  const nano = fileURLToPath(new URL('../../../nano/model', import.meta.url));
  tokenizer = await loadTokenizer(nano);
});

/** The conversations as we mask them. */
function ours(learn: Learn, cut: Cut = 'end', maximumLength = 4096): Masked[] {
  return golden.conversations.map((messages, i) => {
    const record = { id: `${i}`, messages: [...messages] };
    const { ids, labels } = tokenizeRecord(record, { tokenizer, learn, cut, maximumLength });
    return { ids: [...ids], labels: [...labels] };
  });
}

/** Labels without the line break that a template writes after the token that ends an answer: ours is never learned. */
function withoutBreak({ ids, labels }: Masked): Masked {
  const end = tokenizer.id('<|im_end|>');
  return { ids, labels: labels.map((label, i) => (ids[i - 1] === end ? -100 : label)) };
}

describe('as TRL masks', () => {
  test('assistant_only_loss: all answers', () => {
    expect(ours('answers')).toEqual(golden.trl['assistantOnly']);
  });
  test('no mask: everything', () => {
    expect(ours('everything')).toEqual(golden.trl['plain']);
  });
  test('prompt and completion: the last answer, but for what follows its end', () => {
    expect(ours('last-answer')).toEqual(golden.trl['completion']!.map(withoutBreak));
  });
  test('keep_start, which leaves out what has no label any more', () => {
    const kept = ours('answers', 'end', 24).filter(({ labels }) =>
      labels.some((id) => id !== -100),
    );
    expect(kept).toEqual(golden.trl['keepStart']);
  });
  test('keep_end', () => {
    expect(ours('answers', 'start', 24)).toEqual(golden.trl['keepEnd']);
  });
});

describe('as LLaMA-Factory masks, but for what follows the end of an answer', () => {
  test('all answers', () => {
    expect(ours('answers')).toEqual(golden.llamaFactory['answers']!.map(withoutBreak));
  });
  test('mask_history: the last answer', () => {
    expect(ours('last-answer')).toEqual(golden.llamaFactory['maskHistory']!.map(withoutBreak));
  });
  test('train_on_prompt: everything', () => {
    expect(ours('everything')).toEqual(golden.llamaFactory['trainOnPrompt']);
  });
});

test('the proportional cut keeps the tokens that LLaMA-Factory keeps', () => {
  for (const { lengths, ids, ...options } of golden.cuts) {
    const exchanges = lengths.map(([read, answer]): Exchange => ({ read, answer }));
    const count = lengths.flat().reduce((sum, length) => sum + length, 0);
    const all = Int32Array.from({ length: count }, (_, i) => i + 1);
    const kept = cutExample({ ids: all, labels: all }, exchanges, {
      ...options,
      cut: 'proportional',
    });
    expect([...kept.ids], JSON.stringify({ lengths, ...options })).toEqual(ids);
  }
});

test('packing needs as many rows as TRL does by best-fit decreasing', () => {
  for (const { lengths, tokens, rows } of golden.packings)
    expect(pack(lengths, tokens).rows).toHaveLength(rows);
});

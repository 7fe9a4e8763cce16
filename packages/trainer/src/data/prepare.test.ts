import type { Conversation, PromptTemplate, Tokenized } from '@tunesmith/schema';
import { expect, test } from 'vitest';
import { byteTokenizer, turnTemplate } from '../../test-support/byte-tokenizer.ts';
import { findings } from './report.ts';
import { tinyObjective } from '../../test-support/causal-rows.ts';
import { prepareData } from './prepare.ts';

const record = (id: string, length: number, supervisedFrom: number): Tokenized => ({
  id,
  input_ids: Array.from({ length }, (_, i) => i + 1),
  labels: Array.from({ length }, (_, i) => (i < supervisedFrom ? -100 : i + 1)),
});

test('the report says what became of every record', async () => {
  const records = [
    record('long', 12, 3),
    record('cut away', 12, 11),
    record('silent', 4, 4),
    record('short', 4, 2),
  ];
  const { source, report } = await prepareData(records, {
    objective: tinyObjective({ maximumLength: 8 }),
    packing: true,
  });
  expect(report).toMatchObject({
    records: 4,
    examples: 2,
    tokens: 12,
    supervisedTokens: 7,
    rows: 2,
    tokensPerRow: 8,
    fill: 0.75,
    truncated: { examples: 2, tokens: 8, ids: ['long', 'cut away'] },
    unsupervised: { examples: 2, ids: ['cut away', 'silent'] },
  });
  expect(source.rows).toBe(2);
  expect(findings(report).map(({ code }) => code)).toEqual(['truncated', 'unsupervised']);
  expect(findings(report)[0]!.message).toBe(
    '2 of 4 examples (long, cut away) were cut at the maximum length and lost 8 tokens, with them 1 whole answer',
  );
});

test('a record that is drawn several times is tokenized once, and each time counted', async () => {
  let phrased = 0;
  const template: PromptTemplate = {
    specVersion: 2,
    name: 'counting',
    description: 'Counts what it phrases.',
    messages({ instruction, output }) {
      phrased++;
      return [
        { role: 'user', content: instruction },
        { role: 'assistant', content: output ?? '' },
      ];
    },
  };
  const tokenizer = byteTokenizer(turnTemplate);
  const objective = tinyObjective({ maximumLength: 60, tokenizer, template });
  const options = { objective, packing: false };
  const one = { id: 'one', instruction: 'Name the capital of France.', output: 'Paris' };
  const other = { id: 'other', instruction: 'And now a longer answer.', output: 'p'.repeat(60) };
  const repeated = await prepareData([one, one, other, one, other], options);
  expect(phrased).toBe(2);
  // Equal records that are no repetition are tokenized one by one.
  const apart = await prepareData(
    [{ ...one }, { ...one }, { ...other }, { ...one }, { ...other }],
    options,
  );
  expect(phrased).toBe(7);
  expect(repeated.report).toEqual(apart.report);
  expect(repeated.report).toMatchObject({ records: 5, truncated: { examples: 2 } });
  expect(repeated.source.fingerprint()).toEqual(apart.source.fingerprint());
  expect(repeated.source.row(3)).toEqual(apart.source.row(3));
});

test('data without a single supervised token is an error that says why', async () => {
  const records = [record('a', 12, 10), record('b', 3, 3)];
  await expect(
    prepareData(records, {
      objective: tinyObjective({ maximumLength: 8 }),
      packing: true,
    }),
  ).rejects.toThrow(
    /none of 2 examples has a supervised token \(a, b\); 1 were cut at 8 tokens, before their answer/,
  );
});

test('unpacked rows are as long as the longest example, not as the maximum', async () => {
  const { source } = await prepareData([record('a', 5, 1), record('b', 3, 1)], {
    objective: tinyObjective(),
    packing: false,
  });
  expect([source.rows, source.tokens]).toEqual([2, 5]);
});

test('few examples share one row that is no longer than they need', async () => {
  const { source } = await prepareData([record('a', 5, 1), record('b', 3, 1)], {
    objective: tinyObjective(),
    packing: true,
  });
  expect([source.rows, source.tokens]).toEqual([1, 8]);
});

test('virtual tokens count towards the maximum length', async () => {
  const virtualTokens = { input: 3, keys: 0 };
  const { source, report } = await prepareData([record('a', 8, 1)], {
    objective: tinyObjective({ maximumLength: 8, virtualTokens }),
    packing: false,
  });
  expect(source.tokens).toBe(8);
  expect(report.truncated).toMatchObject({ examples: 1, tokens: 3 });
});

const talk = (id: string, ...contents: string[]): Conversation => ({
  id,
  messages: contents.map((content, i) => ({ role: i % 2 ? 'assistant' : 'user', content })),
});

/** Hides answers that hold a secret, and refuses conversations that do not end with an answer. */
const choosy = byteTokenizer(
  `{% if messages | length == 3 %}{{ raise_exception('an answer must end it') }}{% endif %}${turnTemplate.replace('in messages', "in messages if 'secret' not in m.content")}`,
  { eos_token: '<stop>' },
);

test('conversations that the template hides or refuses are left out and named, and the others train', async () => {
  const { report } = await prepareData(
    [talk('a', 'Hi', 'Yo'), talk('b', 'Hi', 'a secret'), talk('c', 'Hi', 'Yo', 'Bye')],
    { objective: tinyObjective({ tokenizer: choosy }), packing: false },
  );
  expect(report).toMatchObject({
    examples: 1,
    hiddenAnswers: { examples: 1, ids: ['b'] },
    refused: { examples: 1, ids: ['c'] },
  });
  expect(findings(report).map(({ message }) => message)).toEqual([
    '1 of 3 examples (b) were left out: the chat template does not show where an answer begins and ends',
    '1 of 3 examples (c) were left out: example "c" cannot be rendered: the chat template refuses the messages: an answer must end it (line 1)',
  ]);
});

test('where the template hides or refuses all of them, it is an error that says so', async () => {
  await expect(
    prepareData([talk('b', 'Hi', 'a secret'), talk('c', 'Hi', 'Yo', 'Bye')], {
      objective: tinyObjective({ tokenizer: choosy }),
      packing: false,
    }),
  ).rejects.toThrow(
    /none of 2 examples has a supervised token \(b, c\); 1 have an answer that the chat template does not show as it is; 1 were refused: .*an answer must end it/,
  );
});

test('empty answers and control tokens in texts are counted and said', async () => {
  const tokenizer = byteTokenizer(turnTemplate, { eos_token: '<stop>' });
  const { report } = await prepareData(
    [talk('a', 'Hi', ''), talk('b', '<turn>Hi', 'Yo'), talk('c', 'Hi', 'Yo<end><turn>')],
    { objective: tinyObjective({ tokenizer }), packing: false },
  );
  expect(report).toMatchObject({
    emptyAnswers: { examples: 1, ids: ['a'] },
    controlInPrompts: { examples: 1, ids: ['b'], tokens: ['<turn>'] },
    controlInAnswers: { examples: 1, ids: ['c'], tokens: ['<end>', '<turn>'] },
  });
  expect(findings(report).map(({ code }) => code)).toEqual([
    'empty-answer',
    'control-tokens-in-prompts',
    'control-tokens-in-answers',
  ]);
});

import { expect, test } from 'vitest';
import { filesOfSplit, repositorySplits } from './repository.ts';

const plain = (splits: ReturnType<typeof repositorySplits>) =>
  Object.fromEntries([...splits].map(([name, of]) => [name, Object.fromEntries(of)]));

test("the hub's copies in Parquet lie in folders of configuration and split", () => {
  const files = ['en/train/0001.parquet', 'en/train/0000.parquet', 'fr/partial-test/0000.parquet'];
  expect(plain(repositorySplits(files))).toEqual({
    en: { train: ['en/train/0000.parquet', 'en/train/0001.parquet'] },
    fr: { test: ['fr/partial-test/0000.parquet'] },
  });
});

test('names say which split a file is; other files are none', () => {
  const files = ['README.md', 'data/train-00000-of-00002.parquet', 'dev.jsonl', 'x/test_en.csv.gz'];
  expect(plain(repositorySplits([...files, 'rows.json', 'a.py']))).toEqual({
    default: {
      train: ['data/train-00000-of-00002.parquet', 'rows.json'],
      validation: ['dev.jsonl'],
      test: ['x/test_en.csv.gz'],
    },
  });
});

test('what the card says comes before what names say', () => {
  const card = `---
license: mit
configs:
- config_name: main
  data_files:
  - split: train
    path: a/*.jsonl
  - split: test
    path: [b.jsonl]
- config_name: all
  data_files: "**/*.jsonl"
---
# Rows`;
  const files = ['README.md', 'a/1.jsonl', 'a/2.jsonl', 'b.jsonl', 'c.csv'];
  expect(plain(repositorySplits(files, card))).toEqual({
    main: { train: ['a/1.jsonl', 'a/2.jsonl'], test: ['b.jsonl'] },
    all: { train: ['a/1.jsonl', 'a/2.jsonl', 'b.jsonl'] },
  });
});

test('what is not said and not clear is an error that lists what there is', () => {
  const splits = repositorySplits([
    'en/train/0.parquet',
    'en/test/0.parquet',
    'fr/train/0.parquet',
  ]);
  const repository = 'org/rows';
  expect(() => filesOfSplit(splits, { repository })).toThrow('hf://org/rows/en, hf://org/rows/fr');
  expect(() => filesOfSplit(splits, { repository, config: 'en' })).toThrow('which split is meant');
  expect(() => filesOfSplit(splits, { repository, config: 'en', split: 'tset' })).toThrow(
    'nearest: "test"',
  );
  expect(filesOfSplit(splits, { repository, config: 'fr' })).toEqual(['fr/train/0.parquet']);
  expect(() => filesOfSplit(new Map(), { repository })).toThrow('holds no data file');
});

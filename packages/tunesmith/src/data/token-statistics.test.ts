import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { pageOfData } from '../report/of-data.ts';
import { dataStatistics } from './statistics.ts';

const nano = fileURLToPath(new URL('../../../nano/model', import.meta.url));

test('a file is measured in the tokens of a model, with what training would leave out', async () => {
  const path = join(await mkdtemp(join(tmpdir(), 'tokens-')), 'rows.jsonl');
  const row = (answer: string, weight = 1): string =>
    JSON.stringify({
      messages: [
        { role: 'user', content: 'Name a color' },
        { role: 'assistant', content: answer, weight },
      ],
      meta: { license: 'MIT' },
    });
  await writeFile(path, [row('Blue'), row('Red'), row('Green', 0)].join('\n'));
  const found = await dataStatistics({ path, model: nano });
  expect(found.tokens).toMatchObject({ leftOut: 1, tokens: { count: 3 } });
  expect(found.statistics.licenses).toEqual({ MIT: 3 });
  const [first] = found.tokens!.first;
  const learned = first!.documents.flat().filter(({ supervised }) => supervised);
  expect(learned.map(({ text }) => text)).toEqual(['Blue<|im_end|>']);

  const page = pageOfData(path, found);
  expect(page.tiles).toContainEqual(['left out of training', '1']);
  expect(page.lengths.map(({ name }) => name)).toEqual([
    'prompt, words',
    'answer, words',
    'tokens',
    'tokens that are learned',
  ]);
  expect(page.tallies).toEqual({ Licenses: { MIT: 3 } });
});

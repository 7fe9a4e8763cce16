import { readFile } from 'node:fs/promises';
import { renderChat } from '@tunesmith/models';
import { loadTokenizer } from '@tunesmith/models/node';
import type { Conversation, Message } from '@tunesmith/schema';
import { tokenizeRecord } from '@tunesmith/trainer';
import { describe, expect, test } from 'vitest';
import { runTo } from './expectations.ts';
import { workplace, type Workplace } from './workplace.ts';

interface Previewed {
  previews: { documents: { text: string; supervised: boolean }[][] }[];
}

/** What `data preview` shows of each row: the whole text, and what of it is learned, piece by piece. */
async function preview(
  place: Workplace,
  file: string,
): Promise<{ text: string; learned: string[] }[]> {
  const outcome = await place.run(['data', 'preview', '--model', '.', file, '--json']);
  runTo(outcome, 0);
  return (JSON.parse(outcome.out) as Previewed).previews.map(({ documents: [segments = []] }) => ({
    text: segments.map(({ text }) => text).join(''),
    learned: segments.filter(({ supervised }) => supervised).map(({ text }) => text),
  }));
}

test('what a template writes after the last answer is not learned', async () => {
  const place = await workplace('text-after-last-turn');
  const [row] = await preview(place, 'rows.jsonl');
  expect(row!.learned).toEqual(['A pear.<|stop|>']);
  expect(row!.text).not.toContain('<|end_of_text|>');
});

describe('a template whose earlier text depends on later', () => {
  test.each([
    ['empty.jsonl', ['<|stop|>', 'Word.<|stop|>']],
    ['think.jsonl', ['\n\n4<|stop|>']],
    ['space.jsonl', ['  return 1<|stop|>']],
  ])('%s', async (file, learned) => {
    const place = await workplace('turn-not-found');
    expect((await preview(place, file))[0]!.learned).toEqual(learned);
  });
});

test('tools are rendered, and columns that are not used are said', async () => {
  const place = await workplace('tools-not-shown');
  const right = await place.read('right.txt');
  for (const file of ['messages.jsonl', 'sharegpt.jsonl'])
    expect((await preview(place, file))[0]!.text.trimEnd()).toBe(right.trimEnd());
  for (const [file, column] of [
    ['label.jsonl', 'label'],
    ['images.jsonl', 'images'],
  ] as const) {
    const { out, err } = await place.run(['data', 'validate', file]);
    expect(out + err).toMatch(new RegExp(`"?${column}"?`));
    expect(out + err).toMatch(/not used/);
  }
});

test('a prefix space stands before a text, not before each piece of it', async () => {
  const place = await workplace('spm-prefix-space');
  const right = JSON.parse(await place.read('right.json')) as { input_ids: number[] };
  const row = JSON.parse(await place.read('rows.jsonl')) as Pick<Conversation, 'messages'>;
  const tokenizer = await loadTokenizer(place.directory);
  const { ids } = tokenizeRecord({ id: 'a', ...row }, { tokenizer, maximumLength: 100 });
  expect(Array.from(ids)).toEqual(right.input_ids);
});

describe('Jinja as Python renders it', async () => {
  const folder = new URL('inputs/jinja-differs/', import.meta.url);
  const read = async (name: string): Promise<unknown> =>
    JSON.parse(await readFile(new URL(name, folder), 'utf8'));
  const cases = (await read('cases.json')) as { template: string; right: string }[];
  const messages = (await read('messages.json')) as Message[];
  test.each(cases)('$template', async ({ template, right }) => {
    const place = await workplace();
    const tokenizer = await loadTokenizer(place.path('nano'));
    expect(renderChat(tokenizer, messages, { template }).text).toBe(right);
  });
});

test.each(['eva', 'orthogonal'])('an adapter whose first weights were %s loads', async (kind) => {
  const place = await workplace();
  runTo(await place.run(['train', 'recipe.yaml']), 0);
  const file = 'o/run/adapter/adapter_config.json';
  const config = JSON.parse(await place.read(file)) as object;
  await place.write(file, JSON.stringify({ ...config, init_lora_weights: kind }));
  runTo(await place.run(['generate', 'o/run', '--prompt', 'hi', '--max-new-tokens', '1']), 0);
});

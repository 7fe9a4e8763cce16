import { readFileSync } from 'node:fs';
import { createRandom, memoryFiles, TunesmithError, type Random } from '@tunesmith/schema';
import { expect, test } from 'vitest';
import { golden } from '../../test-support/fixtures.ts';
import { damagedJson } from '../../test-support/damaged-json.ts';
import { loadTokenizer } from './load.ts';

const { styles } = JSON.parse(readFileSync(golden('tokenizers.json'), 'utf8')) as {
  readonly styles: readonly { readonly name: string; readonly tokenizer: unknown }[];
};

const configuration = {
  bos_token: '<s>',
  eos_token: { content: '</s>' },
  add_bos_token: true,
  chat_template: [{ name: 'default', template: '{{ messages }}' }],
};
const model = { model_type: 'llama', vocab_size: 600, eos_token_id: [1, 2], bos_token_id: 1 };
const texts = ['A pear.</s> <tool> my <word>', '日本語 é\u0301 🙂 \n\n 12', 'a'.repeat(60)];

/** What errors name: a file, or the tokenizer. */
const named = /tokenizer|config\.json/;

/** Loads a tokenizer of damaged files and uses it. */
async function use(tokenizer: string, random: Random): Promise<void> {
  const maybe = (value: unknown): string =>
    random.integer(3) === 0 ? damagedJson(value, random) : JSON.stringify(value);
  const files = {
    'tokenizer.json': tokenizer,
    'tokenizer_config.json': maybe(configuration),
    'generation_config.json': maybe({ eos_token_id: 2, temperature: 0.5 }),
    'config.json': maybe(model),
  };
  const loaded = await loadTokenizer(memoryFiles(files));
  for (const text of texts) {
    const ids = loaded.encode(text);
    loaded.decode(ids, { skipSpecial: true });
    loaded.encodePieces(text, [3]);
  }
}

test.each(styles)('$name: damaged files are read or refused by name', async (style) => {
  const random = createRandom(11, style.name);
  const failures: string[] = [];
  let refused = 0;
  for (let i = 0; i < 60; i++) {
    const damaged = damagedJson(style.tokenizer, random);
    try {
      await use(damaged, random);
    } catch (error) {
      const { message, stack } = error as Error;
      if (!TunesmithError.is(error)) failures.push(`${i}: ${stack}`);
      else if (!error.code.startsWith('text-') && !named.test(message)) failures.push(message);
      refused++;
    }
  }
  expect(failures).toEqual([]);
  expect(refused).toBeGreaterThan(5);
});

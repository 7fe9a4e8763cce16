import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileExists, readJsonObject, readOptionalJson } from '../checkpoint/files.ts';
import { modelsError } from '../errors.ts';
import { createTokenizer } from './create.ts';
import type { Tokenizer } from './tokenizer.ts';

/** A chat template that lies in a file of its own, as newer models keep it. */
async function separateTemplate(directory: string): Promise<string | undefined> {
  const jinja = join(directory, 'chat_template.jinja');
  if (await fileExists(jinja)) return readFile(jinja, 'utf8');
  const json = await readOptionalJson(directory, 'chat_template.json');
  return typeof json?.['chat_template'] === 'string' ? json['chat_template'] : undefined;
}

/**
 * Loads the tokenizer of a model's directory: `tokenizer.json`, and where they exist `tokenizer_config.json`,
 * `special_tokens_map.json`, `generation_config.json`, `config.json` and `chat_template.jinja`.
 *
 * @throws `no-tokenizer` where there is no `tokenizer.json`; `invalid-json`; errors of {@link createTokenizer}
 */
export async function loadTokenizer(directory: string): Promise<Tokenizer> {
  const path = join(directory, 'tokenizer.json');
  if (!(await fileExists(path))) {
    throw modelsError({
      code: 'no-tokenizer',
      message: `${directory} holds no tokenizer.json`,
      value: directory,
      accepted: "a folder with tokenizer.json, as Hugging Face's fast tokenizers save it",
    });
  }
  const [tokenizer, configuration, specialTokens, generation, model, chatTemplate] =
    await Promise.all([
      readJsonObject(path),
      readOptionalJson(directory, 'tokenizer_config.json'),
      readOptionalJson(directory, 'special_tokens_map.json'),
      readOptionalJson(directory, 'generation_config.json'),
      readOptionalJson(directory, 'config.json'),
      separateTemplate(directory),
    ]);
  return createTokenizer({
    tokenizer,
    configuration,
    specialTokens,
    generation,
    model,
    chatTemplate,
  });
}

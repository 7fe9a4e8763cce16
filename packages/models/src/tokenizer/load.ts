import { readText, TunesmithError, type Files } from '@tunesmith/schema';
import { fileExists, readJsonObject, readOptionalJson } from '../checkpoint/files.ts';
import { modelFolder } from '../checkpoint/folder.ts';
import { modelsError } from '../errors.ts';
import { isGgufFolder } from '../gguf/folder.ts';
import { createTokenizer } from './create.ts';
import type { Tokenizer } from './tokenizer.ts';

/** A chat template that lies in a file of its own, as newer models keep it. */
async function separateTemplate(files: Files): Promise<string | undefined> {
  const jinja = 'chat_template.jinja';
  if (await fileExists(files, jinja)) return readText(files, jinja);
  const json = await readOptionalJson(files, 'chat_template.json');
  return typeof json?.['chat_template'] === 'string' ? json['chat_template'] : undefined;
}

/**
 * Loads the tokenizer of a model's folder: `tokenizer.json`, and where they exist `tokenizer_config.json`,
 * `special_tokens_map.json`, `generation_config.json`, `config.json` and `chat_template.jinja`. That of a GGUF file is in its
 * metadata.
 *
 * @throws `no-tokenizer` where there is no `tokenizer.json`, or none in the metadata; those of `modelFolder`; `invalid-json`; errors of {@link createTokenizer}
 */
export async function loadTokenizer(given: Files): Promise<Tokenizer> {
  const files = await modelFolder(given);
  if (!(await fileExists(files, 'tokenizer.json'))) {
    const isGguf = isGgufFolder(files);
    throw modelsError({
      code: 'no-tokenizer',
      message: `${files.locate()} holds no ${isGguf ? 'tokenizer in its metadata' : 'tokenizer.json'}`,
      value: files.locate(),
      accepted: isGguf
        ? 'a GGUF file with "tokenizer.ggml.model" and the tokens'
        : "a folder with tokenizer.json, as Hugging Face's fast tokenizers save it",
    });
  }
  const [tokenizer, configuration, specialTokens, generation, model, chatTemplate] =
    await Promise.all([
      readJsonObject(files, 'tokenizer.json'),
      readOptionalJson(files, 'tokenizer_config.json'),
      readOptionalJson(files, 'special_tokens_map.json'),
      readOptionalJson(files, 'generation_config.json'),
      readOptionalJson(files, 'config.json'),
      separateTemplate(files),
    ]);
  try {
    return createTokenizer({
      tokenizer,
      configuration,
      specialTokens,
      generation,
      model,
      chatTemplate,
    });
  } catch (error) {
    throw TunesmithError.is(error) ? namingFile(error, files.locate('tokenizer.json')) : error;
  }
}

/** The error with the path of the file that it knows by its name alone. */
function namingFile(error: TunesmithError, path: string): TunesmithError {
  const { code, value, accepted, nearest, kind, problems } = error;
  const [message = ''] = problems;
  if (!message.startsWith('tokenizer.json: ')) return error;
  return modelsError({
    code,
    message: message.replace('tokenizer.json', () => path),
    value,
    ...(accepted === undefined ? {} : { accepted }),
    nearest,
    kind,
    cause: error,
  });
}

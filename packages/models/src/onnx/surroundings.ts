import { readBytes, type Files } from '@tunesmith/schema';
import { companionFiles, fileExists, fileNames, readOptionalJson } from '../checkpoint/files.ts';
import type { Model, ModelSpec } from '../model.ts';
import type { Tokenizer } from '../tokenizer/tokenizer.ts';
import type { OnnxEncoding } from './place-weights.ts';

/** What transformers.js calls the encodings. */
const dtypes: Readonly<Record<OnnxEncoding, string>> = {
  f32: 'fp32',
  f16: 'fp16',
  q8: 'q8',
  q4: 'q4',
};

/** What the files beside the models say of them. */
interface Surroundings {
  readonly tokenizer: Tokenizer | undefined;
  readonly encodings: readonly OnnxEncoding[];
  /** How many files of weights lie beside a model, by its name; none where it is not named. */
  readonly outsideFiles: Readonly<Record<string, number>>;
}

/**
 * Writes what stands beside the models: the configuration with what transformers.js must know of them, the tokenizer with its chat
 * template, and how the model generates.
 */
export async function writeSurroundings(
  files: Files,
  model: Model,
  { tokenizer, encodings, outsideFiles }: Surroundings,
): Promise<void> {
  const { configuration } = model.spec;
  const own: Record<string, unknown> = {
    ...(configuration['transformers.js_config'] as object | undefined),
  };
  delete own['use_external_data_format'];
  delete own['dtype'];
  if (Object.keys(outsideFiles).length > 0) own['use_external_data_format'] = outsideFiles;
  // Where nothing is said, one program takes fp32 and another q8.
  const [first = 'f32'] = encodings;
  if (!encodings.includes('f32') || !encodings.includes('q8')) own['dtype'] = dtypes[first];
  await writeJson(files, fileNames.configuration, {
    ...configuration,
    'transformers.js_config': own,
  });
  const companions = model.files;
  if (companions) {
    for (const name of companionFiles) {
      if (await fileExists(companions, name))
        await files.write(name, await readBytes(companions, name));
    }
  }
  if (tokenizer) await completeTokenizer(files, tokenizer);
  const isWriting = model.spec.kind !== 'encoder';
  if (isWriting && !(await fileExists(files, 'generation_config.json')))
    await writeJson(files, 'generation_config.json', generationOf(model.spec, tokenizer));
}

/** transformers.js reads the chat template in `tokenizer_config.json` alone, and wants that file. */
async function completeTokenizer(files: Files, { chatTemplate }: Tokenizer): Promise<void> {
  const name = 'tokenizer_config.json';
  const found = await readOptionalJson(files, name);
  const hasTemplate = found?.['chat_template'] !== undefined || chatTemplate === undefined;
  if (found && hasTemplate) return;
  await writeJson(files, name, {
    tokenizer_class: 'PreTrainedTokenizerFast',
    ...found,
    ...(hasTemplate ? {} : { chat_template: chatTemplate }),
  });
}

/** The ids with which a model generates, where no file says how. */
function generationOf(
  { configuration, decoderStart }: ModelSpec,
  tokenizer: Tokenizer | undefined,
): Record<string, unknown> {
  const ends = tokenizer?.endIds ?? [];
  const ids = {
    bos_token_id: configuration['bos_token_id'] ?? tokenizer?.bos,
    eos_token_id: ends.length > 0 ? ends : configuration['eos_token_id'],
    pad_token_id: configuration['pad_token_id'] ?? tokenizer?.pad,
    decoder_start_token_id: decoderStart,
  };
  return Object.fromEntries(
    Object.entries(ids).filter(([, id]) => id !== undefined && id !== null),
  );
}

async function writeJson(files: Files, name: string, value: unknown): Promise<void> {
  await files.write(name, `${JSON.stringify(value, undefined, 2)}\n`);
}

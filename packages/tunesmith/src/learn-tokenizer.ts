import { join } from 'node:path';
import { createReport, type DataReport } from '@tunesmith/datasets';
import { trainBpe } from '@tunesmith/models';
import { TunesmithError } from '@tunesmith/schema';
import { writeFileAtomically } from '@tunesmith/schema/node';
import { inputsOf, openData, type DataOptions } from './data/open-data.ts';
import { checkOutputFolder } from './outputs/check-output.ts';
import { makeFolders } from './run/make-folders.ts';
import { requireWritable } from './run/writable.ts';
import type { Warning, WorkListener } from './session.ts';
import {
  sizeOf,
  smallVocabulary,
  textsOf,
  tokenizerConfiguration,
  usualSpecialTokens,
} from './vocabulary.ts';

/** What {@link learnTokenizer} takes. */
export interface LearnTokenizerOptions extends DataOptions {
  /** Most tokens that the vocabulary may have, special ones and the 256 bytes among them. */
  vocabularySize: number;
  /** A new folder. */
  out: string;
  /** Pairs of tokens that stand less often in the text are not merged; 2 by default. */
  minFrequency?: number;
  /** In the order of their ids from 0; those of ChatML and `<|endoftext|>` before them by default. The first one pads. */
  specialTokens?: readonly string[];
  /** Hears what begins now. */
  onWork?: WorkListener;
  /** Hears of what a person should know. */
  onWarning?: (warning: Warning) => void;
}

/** What {@link learnTokenizer} did. */
export interface LearnTokenizerSummary {
  out: string;
  /** Tokens of the vocabulary. */
  vocabularySize: number;
  /** Texts and their characters (UTF-16 code units) that it was learned from. */
  texts: number;
  characters: number;
  report: DataReport;
}

/**
 * Learns a byte-level BPE vocabulary from the texts of data, and writes it as a tokenizer that transformers loads:
 * `tokenizer.json` and `tokenizer_config.json`. With ChatML's tokens among the special ones it has ChatML's chat template, and
 * `<|im_end|>` ends a text; else the first special token does.
 *
 * @throws TunesmithError `invalid-training` for a size below special tokens and bytes, and special tokens that cannot be;
 * `no-text`; `output-exists`, `output-is-input`; those of reading the data
 */
export async function learnTokenizer(
  options: LearnTokenizerOptions,
): Promise<LearnTokenizerSummary> {
  const { out, vocabularySize, minFrequency = 2, specialTokens = usualSpecialTokens } = options;
  const training = { vocabularySize, minFrequency, specialTokens };
  // Numbers and tokens that cannot be are refused before anything is read.
  await trainBpe([], training);
  const { file, read } = await openData(options);
  await checkOutputFolder(out, inputsOf(file));
  await requireWritable(out);
  const report = createReport();
  let texts = 0;
  let characters = 0;
  async function* counted(): AsyncGenerator<string> {
    for await (const record of read({ report })) {
      for (const text of textsOf(record)) {
        texts++;
        characters += text.length;
        yield text;
      }
    }
  }
  options.onWork?.(`learning a vocabulary from ${options.path}`);
  const tokenizer = await trainBpe(counted(), training);
  if (texts === 0)
    throw new TunesmithError({
      package: 'tunesmith',
      code: 'no-text',
      message: `${options.path} holds no text to learn a vocabulary from`,
      value: options.path,
      accepted: 'rows with text',
    });
  const learned = sizeOf(tokenizer);
  if (learned < vocabularySize)
    options.onWarning?.(smallVocabulary(learned, { vocabularySize, minFrequency }));
  await makeFolders(out);
  await writeJson(join(out, 'tokenizer_config.json'), tokenizerConfiguration(specialTokens));
  await writeJson(join(out, 'tokenizer.json'), tokenizer);
  return { out, vocabularySize: learned, texts, characters, report: report.report() };
}

async function writeJson(path: string, value: object): Promise<void> {
  await writeFileAtomically(path, `${JSON.stringify(value)}\n`);
}

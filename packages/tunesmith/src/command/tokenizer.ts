import type { Command } from 'commander';
import { dataFlags, dataOptionsOf, warn as warnOfData, type DataFlags } from './data-flags.ts';
import { collect, createCommand, terminalOf, warn, wholeNumber } from './shared.ts';

interface TokenizerFlags extends DataFlags {
  vocabularySize: number;
  minFrequency: number;
  specialToken?: string[];
  out: string;
}

/** `tunesmith tokenizer` */
export function tokenizerCommand(): Command {
  const command = createCommand('tokenizer', 'Learn a BPE vocabulary from the texts of data', [
    'tokenizer rows.jsonl --vocabulary-size 8000 --out my-tokenizer',
    'tokenizer "texts/*.txt" --vocabulary-size 32000 --min-frequency 5 --out texts-tokenizer',
    'tokenizer rows.jsonl --vocabulary-size 4096 --special-token "<end>" --out chat-tokenizer',
  ]);
  return dataFlags(command)
    .option('--limit <n>', 'learn from only this many rows', wholeNumber(1))
    .requiredOption(
      '--vocabulary-size <n>',
      'most tokens, the special ones and 256 bytes among them',
      wholeNumber(1),
    )
    .option('--min-frequency <n>', 'how often a pair must stand to be merged', wholeNumber(0), 2)
    .option(
      '--special-token <token>',
      'a special token, the first one has id 0; may be given several times; by default <|endoftext|>, <|im_start|> and <|im_end|>, with a chat template',
      collect,
    )
    .requiredOption('--out <folder>', 'a new folder')
    .action(async (path: string, flags: TokenizerFlags) => {
      const terminal = terminalOf(flags);
      const { vocabularySize, minFrequency, specialToken, out } = flags;
      const { learnTokenizer } = await import('../learn-tokenizer.ts');
      const summary = await learnTokenizer({
        ...dataOptionsOf(path, flags),
        vocabularySize,
        minFrequency,
        out,
        onWork: terminal.working,
        onWarning: ({ message }) => warn(terminal, message),
        ...(specialToken === undefined ? {} : { specialTokens: specialToken }),
      });
      await warnOfData(terminal, summary.report);
      const { texts, characters } = summary;
      terminal.result(
        summary,
        `learned ${summary.vocabularySize} tokens from ${texts} texts of ${characters} characters, written to ${out}`,
      );
    });
}

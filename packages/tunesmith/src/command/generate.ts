import type { Generation, GenerationPiece } from '@tunesmith/models';
import type { Message } from '@tunesmith/schema';
import type { Command } from 'commander';
import { promptText } from './prompt-text.ts';
import { samplingOptionsOf, withSampling, type SamplingFlags } from './sampling-options.ts';
import {
  collect,
  createCommand,
  modelOptionsOf,
  terminalOf,
  wholeNumber,
  withPrecision,
  withChosenAdapters,
  withRunOrModel,
  type ModelFlags,
} from './shared.ts';

interface GenerateFlags extends ModelFlags, SamplingFlags {
  prompt?: string[];
  system?: string;
  raw?: boolean;
  samples: number;
  logprobs?: number;
}

/** `tunesmith generate` */
export function generateCommand(): Command {
  const command = createCommand('generate', 'Answer prompts', [
    'generate runs/first --prompt "Write the plural of child."',
    'generate --model @tunesmith/nano --adapter runs/first/adapter --prompt "Name a color." --temperature 0.7 --seed 1',
    'generate --model @tunesmith/nano --raw --prompt "Once upon a time"',
    'generate --model @tunesmith/nano --prompt "Is snow white?" --choice yes --choice no',
    'generate --model @tunesmith/nano --prompt "Name a color." --temperature 1 --samples 3 --logprobs 2',
  ]);
  return withSampling(withPrecision(withChosenAdapters(withRunOrModel(command))))
    .option(
      '--prompt <text>',
      'what to answer; may be given several times; else standard input is the prompt',
      collect,
    )
    .option('--system <text>', 'a system message')
    .option('--raw', 'go on with the text itself, without the chat template')
    .option('-n, --samples <n>', 'answers to each prompt', wholeNumber(1), 1)
    .option(
      '--logprobs <k>',
      "tell each token's log-probability, and the k likeliest tokens in its place",
      wholeNumber(0),
    )
    .action(async (run: string | undefined, flags: GenerateFlags) => {
      const terminal = terminalOf(flags);
      const { samples, logprobs } = flags;
      const sampling = await samplingOptionsOf(flags);
      const texts = flags.prompt ?? [await standardInput()];
      const prompts = texts.map((text) => (flags.raw ? text : conversation(text, flags.system)));
      const several = prompts.length * samples > 1;
      /** A lone answer comes as it is written, several to a prompt one after the other. */
      const shown = (piece: GenerationPiece): string => {
        const text = samples === 1 ? piece.text : (piece.done?.text ?? '');
        return piece.done ? `${text}\n${likelihoods(piece.done)}${several ? '\n' : ''}` : text;
      };
      const { generate } = await import('../generate.ts');
      const results = await generate({
        ...modelOptionsOf(run, flags, terminal),
        ...sampling,
        ...(samples === 1 ? {} : { samples }),
        ...(logprobs === undefined ? {} : { logProbabilities: logprobs }),
        prompts,
        signal: terminal.gone,
        onPiece: (_, piece) => terminal.stream(shown(piece)),
      }).catch((error: unknown) => {
        // Whoever read the answer has gone, and with them the reason to write more.
        if (terminal.gone.aborted) return [];
        throw error;
      });
      if (flags.json)
        terminal.result(
          results.map((result, index) => ({
            prompt: texts[Math.floor(index / (results.length / texts.length))],
            ...result,
          })),
          '',
        );
    });
}

/** A line for each token: its log-probability, and the likeliest tokens in its place. */
function likelihoods({ logProbabilities = [] }: Generation): string {
  const of = ({
    text,
    id,
    logProbability,
  }: {
    text?: string;
    id: number;
    logProbability: number;
  }) => `${text === undefined ? id : JSON.stringify(text)} ${logProbability.toFixed(3)}`;
  return logProbabilities
    .map(({ top, ...token }) => `${[of(token), ...top.map((one) => `  ${of(one)}`)].join('')}\n`)
    .join('');
}

function conversation(text: string, system: string | undefined): Message[] {
  return [
    ...(system === undefined ? [] : [{ role: 'system' as const, content: system }]),
    { role: 'user', content: text },
  ];
}

async function standardInput(): Promise<string> {
  const chunks: Buffer[] = [];
  if (!process.stdin.isTTY) for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  return promptText(Buffer.concat(chunks));
}

import type { Message, Meta } from '@tunesmith/schema';
import { TunesmithError } from '@tunesmith/schema';
import type { Command } from 'commander';
import { applyOverrides, parseOverride, type Override } from '../recipe/overrides.ts';
import {
  collect,
  createCommand,
  modelOptionsOf,
  numberBetween,
  terminalOf,
  wholeNumber,
  withPrecision,
  withChosenAdapters,
  withRunOrModel,
  type ModelFlags,
} from './shared.ts';

/** Options of commands that write text. */
export interface SamplingFlags {
  maxNewTokens: number;
  temperature: number;
  topP?: number;
  topK?: number;
  repetitionPenalty?: number;
  stop?: string[];
  seed: number;
  meta?: string[];
}

/** Adds the options of writing text. */
export function withSampling(command: Command): Command {
  return command
    .option('--max-new-tokens <n>', 'longest answer, in tokens', wholeNumber(1), 128)
    .option(
      '--temperature <t>',
      'randomness; 0 takes the most likely token each time',
      numberBetween(0, 100),
      0,
    )
    .option(
      '--top-p <p>',
      'draw from the likeliest tokens that together have this probability',
      numberBetween(0, 1),
    )
    .option('--top-k <k>', 'draw from the k likeliest tokens', wholeNumber(1))
    .option(
      '--repetition-penalty <p>',
      'above 1 discourages tokens that were there before',
      numberBetween(0, 100),
    )
    .option('--stop <text>', 'end before this text; may be given several times', collect)
    .option(
      '--meta <key=value>',
      'what the method reads of a record besides its text, such as task=2; may be given several times',
      collect,
    )
    .option('--seed <n>', 'what randomness follows from', wholeNumber(0), 0);
}

/** How to write text, from a command's options. */
export function samplingOptionsOf(flags: SamplingFlags) {
  const { maxNewTokens, temperature, topP, topK, repetitionPenalty, stop, seed, meta } = flags;
  return {
    maximumTokens: maxNewTokens,
    temperature,
    seed,
    ...(meta === undefined ? {} : { meta: metaOf(meta) }),
    ...(topP === undefined ? {} : { topP }),
    ...(topK === undefined ? {} : { topK }),
    ...(repetitionPenalty === undefined ? {} : { repetitionPenalty }),
    ...(stop === undefined ? {} : { stop }),
  };
}

/** `key=value` settings as the `meta` of a record; values are YAML, as in overrides of a recipe, but for the name of an adapter. */
function metaOf(settings: readonly string[]): Meta {
  const read = settings.map((setting): Override => {
    const { path, value } = parseOverride(setting);
    const isName = path.join('.') === 'adapter' && value !== undefined && typeof value !== 'string';
    return { path, value: isName ? setting.slice(setting.indexOf('=') + 1).trim() : value };
  });
  return applyOverrides({}, read) as Meta;
}

interface GenerateFlags extends ModelFlags, SamplingFlags {
  prompt?: string[];
  system?: string;
  raw?: boolean;
}

/** `tunesmith generate` */
export function generateCommand(): Command {
  const command = createCommand('generate', 'Answer prompts', [
    'generate runs/first --prompt "Write the plural of child."',
    'generate --model @tunesmith/nano --adapter runs/first/adapter --prompt "Name a color." --temperature 0.7 --seed 1',
    'generate --model @tunesmith/nano --raw --prompt "Once upon a time"',
  ]);
  return withSampling(withPrecision(withChosenAdapters(withRunOrModel(command))))
    .option(
      '--prompt <text>',
      'what to answer; may be given several times; else standard input is the prompt',
      collect,
    )
    .option('--system <text>', 'a system message')
    .option('--raw', 'go on with the text itself, without the chat template')
    .action(async (run: string | undefined, flags: GenerateFlags) => {
      const terminal = terminalOf(flags);
      const texts = flags.prompt ?? [await standardInput()];
      const prompts = texts.map((text) => (flags.raw ? text : conversation(text, flags.system)));
      const several = prompts.length > 1;
      const { generate } = await import('../generate.ts');
      const results = await generate({
        ...modelOptionsOf(run, flags, terminal),
        ...samplingOptionsOf(flags),
        prompts,
        signal: terminal.gone,
        onPiece: (_, piece) =>
          terminal.stream(piece.done ? `${piece.text}\n${several ? '\n' : ''}` : piece.text),
      }).catch((error: unknown) => {
        // Whoever read the answer has gone, and with them the reason to write more.
        if (terminal.gone.aborted) return [];
        throw error;
      });
      if (flags.json)
        terminal.result(
          results.map((result, index) => ({ prompt: texts[index], ...result })),
          '',
        );
    });
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
  const text = Buffer.concat(chunks).toString('utf8').trimEnd();
  if (text !== '') return text;
  throw new TunesmithError({
    package: 'tunesmith',
    code: 'no-prompt',
    message: 'there is no prompt',
    accepted: '--prompt TEXT, or text on standard input',
  });
}

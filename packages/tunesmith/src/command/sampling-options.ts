import { readFile } from 'node:fs/promises';
import type { JsonSchema, OutputOptions } from '@tunesmith/models';
import { TunesmithError, type Meta } from '@tunesmith/schema';
import type { Command } from 'commander';
import { applyOverrides, parseSetting, type Override } from '../recipe/overrides.ts';
import { collect, numberBetween, wholeNumber } from './shared.ts';

/** Options of commands that write text. */
export interface SamplingFlags {
  maxNewTokens: number;
  temperature: number;
  topP?: number;
  topK?: number;
  minP?: number;
  typicalP?: number;
  repetitionPenalty?: number;
  presencePenalty?: number;
  frequencyPenalty?: number;
  uniqueNgrams?: number;
  beams?: number;
  lengthPenalty?: number;
  choice?: string[];
  regex?: string;
  jsonSchema?: string;
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
      '--min-p <p>',
      "draw from tokens at least so likely, as a share of the likeliest one's probability",
      numberBetween(0, 1),
    )
    .option(
      '--typical-p <p>',
      'draw from tokens about as likely as is to be expected, that together have this probability',
      numberBetween(0, 1),
    )
    .option(
      '--repetition-penalty <p>',
      'above 1 discourages tokens that were there before',
      numberBetween(0, 100),
    )
    .option(
      '--presence-penalty <p>',
      'above 0 discourages tokens that were written before',
      numberBetween(-2, 2),
    )
    .option(
      '--frequency-penalty <p>',
      'above 0 discourages tokens the more often they were written',
      numberBetween(-2, 2),
    )
    .option('--unique-ngrams <n>', 'no n tokens in a row stand twice', wholeNumber(1))
    .option('--beams <n>', 'follow the n likeliest texts and give the best', wholeNumber(1))
    .option(
      '--length-penalty <p>',
      'of beams: above 0 favors longer texts',
      numberBetween(-100, 100),
    )
    .option('--choice <text>', 'answer with this text; may be given several times', collect)
    .option('--regex <pattern>', 'answer with a text that this regular expression matches')
    .option('--json-schema <file>', 'answer with JSON of the schema in a file')
    .option('--stop <text>', 'end before this text; may be given several times', collect)
    .option(
      '--meta <key=value>',
      'what the method reads of a record besides its text, such as task=2; may be given several times',
      collect,
    )
    .option('--seed <n>', 'what randomness follows from', wholeNumber(0), 0);
}

/** How to write text, from a command's options. */
export async function samplingOptionsOf(flags: SamplingFlags) {
  const { maxNewTokens, temperature, seed, meta, uniqueNgrams } = flags;
  const output = await outputOf(flags);
  return {
    maximumTokens: maxNewTokens,
    temperature,
    seed,
    ...(meta === undefined ? {} : { meta: metaOf(meta) }),
    ...(output === undefined ? {} : { output }),
    ...(uniqueNgrams === undefined ? {} : { noRepeat: uniqueNgrams }),
    ...given(flags, [
      'topP',
      'topK',
      'minP',
      'typicalP',
      'repetitionPenalty',
      'presencePenalty',
      'frequencyPenalty',
      'beams',
      'lengthPenalty',
      'stop',
    ]),
  };
}

/** Those of some flags that were given. */
function given<Flags, Name extends keyof Flags>(
  flags: Flags,
  names: readonly Name[],
): { [K in Name]?: Exclude<Flags[K], undefined> } {
  const said = names.filter((name) => flags[name] !== undefined);
  return Object.fromEntries(said.map((name) => [name, flags[name]])) as never;
}

/** What the answer must be. @throws TunesmithError `conflicting-options`, `unreadable-schema` */
async function outputOf(flags: SamplingFlags): Promise<OutputOptions | undefined> {
  const { choice, regex, jsonSchema } = flags;
  const named = Object.entries({
    '--choice': choice,
    '--regex': regex,
    '--json-schema': jsonSchema,
  })
    .filter(([, value]) => value !== undefined)
    .map(([name]) => name);
  if (named.length > 1)
    throw new TunesmithError({
      package: 'tunesmith',
      code: 'conflicting-options',
      message: `${named.join(' and ')} each say what the answer must be`,
      accepted: 'one of them',
    });
  if (choice !== undefined) return { choices: choice };
  if (regex !== undefined) return { regex };
  return jsonSchema === undefined ? undefined : { schema: await readSchema(jsonSchema) };
}

async function readSchema(path: string): Promise<JsonSchema> {
  const unreadable = (reason: string, cause: unknown): TunesmithError =>
    new TunesmithError({
      package: 'tunesmith',
      code: 'unreadable-schema',
      message: `${path} ${reason}`,
      value: path,
      accepted: 'a file with a JSON Schema',
      cause,
    });
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw unreadable('cannot be read', cause);
  });
  try {
    return JSON.parse(text) as JsonSchema;
  } catch (cause) {
    throw unreadable(`is no JSON: ${(cause as Error).message}`, cause);
  }
}

/** `key=value` settings as the `meta` of a record; values are YAML, as in overrides of a recipe, but for the name of an adapter. */
function metaOf(settings: readonly string[]): Meta {
  const read = settings.map((setting): Override => {
    const { path, value } = parseSetting(setting, 'task=2');
    const isName = path.join('.') === 'adapter' && value !== undefined && typeof value !== 'string';
    return { path, value: isName ? setting.slice(setting.indexOf('=') + 1).trim() : value };
  });
  return applyOverrides({}, read) as Meta;
}

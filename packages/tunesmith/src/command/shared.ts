import { Command, InvalidArgumentError } from 'commander';
import { openTerminal, type Terminal } from './terminal.ts';

/** A command with the house's settings: `--json`, examples below the help, unknown options refused. */
export function createCommand(name: string, summary: string, examples: readonly string[]): Command {
  const shown = examples.map((example) => `  $ tunesmith ${example}`).join('\n');
  return new Command(name)
    .summary(summary)
    .description(`${summary}.`)
    .option('--json', 'print the result as JSON on standard output')
    .addHelpText('after', `\nExamples:\n${shown}`);
}

/** The terminal that a command's options ask for. */
export function terminalOf(options: { json?: boolean }): Terminal {
  return openTerminal(options.json === true);
}

/** Options of commands that run a model. */
export interface ModelFlags {
  model: string;
  adapter?: string[];
  device?: string;
  threads?: number;
  plugin?: string[];
  json?: boolean;
}

/** Adds `--model`, `--adapter`, `--device`, `--threads` and `--plugin`. */
export function withModelFlags(command: Command): Command {
  return withPlugins(
    command
      .requiredOption('--model <folder>', "the model's folder")
      .option('--adapter <folder>', 'an adapter on top; may be given several times', collect)
      .option('--device <name>', 'where tensors run', 'auto')
      .option(
        '--threads <n>',
        'threads of the device; one for each core by default',
        wholeNumber(1),
      ),
  );
}

/** Adds `--plugin`. */
export function withPlugins(command: Command): Command {
  return command.option(
    '--plugin <name>',
    'a package or file that exports plugins; may be given several times',
    collect,
  );
}

/** What a job on a model takes, from a command's options. */
export function modelOptionsOf({ model, adapter, device, threads, plugin }: ModelFlags) {
  return {
    model,
    ...(adapter === undefined ? {} : { adapter }),
    ...(device === undefined ? {} : { device }),
    ...(threads === undefined ? {} : { threads }),
    ...(plugin === undefined ? {} : { pluginNames: plugin }),
  };
}

/** Gathers an option that may be given several times. */
export function collect(value: string, previous: string[] | undefined): string[] {
  return [...(previous ?? []), value];
}

/** Reads a whole number of at least `minimum`. */
export function wholeNumber(minimum: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === '' || !Number.isSafeInteger(value) || value < minimum)
      throw new InvalidArgumentError(`Accepted: an integer of at least ${minimum}.`);
    return value;
  };
}

/** Reads a number from `minimum` to `maximum`. */
export function numberBetween(minimum: number, maximum: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === '' || !(value >= minimum && value <= maximum)) {
      throw new InvalidArgumentError(`Accepted: a number from ${minimum} to ${maximum}.`);
    }
    return value;
  };
}

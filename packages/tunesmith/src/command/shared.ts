import { TunesmithError } from '@tunesmith/schema';
import { Command, InvalidArgumentError, Option } from 'commander';
import type { PrecisionName } from '@tunesmith/models';
import type { NamedAdapters } from '../adapters.ts';
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

/** Options of commands that put adapters on a model. */
export interface AdapterFlags {
  adapter?: string[];
  adapterFor?: NamedAdapters[];
}

/** Adds `--adapter`. */
export function withAdapters(command: Command): Command {
  return command.option(
    '--adapter <folder>',
    'an adapter on top, also org/name on the hub; may be given several times',
    collect,
  );
}

/** Adds `--adapter-for`. */
export function withChosenAdapters(command: Command): Command {
  return command.option(
    '--adapter-for <name=folder>',
    'an adapter for the records whose meta.adapter is this name; may be given several times',
    collectNamed,
  );
}

/** The adapters that a command's options name; undefined where they name none. */
export function adaptersOf({
  adapter = [],
  adapterFor = [],
}: AdapterFlags): (string | NamedAdapters)[] | undefined {
  const all = [...adapter, ...adapterFor];
  return all.length === 0 ? undefined : all;
}

function collectNamed(text: string, previous: NamedAdapters[] | undefined): NamedAdapters[] {
  const [, name, from] = /^([^=]+)=(.+)$/.exec(text) ?? [];
  if (name === undefined || from === undefined)
    throw new InvalidArgumentError('Accepted: NAME=FOLDER.');
  return [...(previous ?? []), { from, name, byRecord: true }];
}

/** Options of commands that run a model. */
export interface ModelFlags extends AdapterFlags {
  model?: string;
  precision?: PrecisionName;
  device?: string;
  threads?: number;
  plugin?: string[];
  json?: boolean;
}

/** Adds `[run]`, and `--model`, `--adapter`, `--device`, `--threads` and `--plugin`. */
export function withRunOrModel(command: Command): Command {
  return withPlugins(
    withAdapters(
      command
        .argument('[run]', 'the folder of a run: what it tuned; instead of --model')
        .option(
          '--model <folder>',
          "the model's folder or GGUF file, a package that ships one, org/name on the hub, or a run's folder",
        ),
    )
      .option('--device <name>', 'where tensors run', 'auto')
      .option(
        '--threads <n>',
        'threads of the device; one for each core by default',
        wholeNumber(1),
      ),
  );
}

/** Adds `--precision`. */
export function withPrecision(command: Command): Command {
  return command.addOption(
    new Option(
      '--precision <name>',
      'what linear maps are computed in; what the run trained in by default, else float32',
    ).choices(['float32', 'int16', 'int8', 'nf4', 'blocks']),
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

/** Tells a person what they should look at. */
export function warn(terminal: Terminal, message: string): void {
  terminal.note(terminal.style('yellow', `warning: ${message}`));
}

/**
 * What a job on a model takes, from a command's `[run]` and options.
 *
 * @throws TunesmithError `missing-option` where neither a run nor a model is named, `conflicting-options` where both are
 */
export function modelOptionsOf(run: string | undefined, flags: ModelFlags, terminal: Terminal) {
  const { model = run, precision, device, threads, plugin } = flags;
  const adapter = adaptersOf(flags);
  if (model === undefined || (run !== undefined && model !== run)) {
    throw new TunesmithError({
      package: 'tunesmith',
      code: model === undefined ? 'missing-option' : 'conflicting-options',
      message:
        model === undefined
          ? 'no model is named'
          : `both the run ${run} and the model ${model} are named`,
      accepted: 'the folder of a run, or --model FOLDER',
    });
  }
  return {
    model,
    onWork: terminal.working,
    onWarning: ({ message }: { message: string }) => warn(terminal, message),
    ...(adapter === undefined ? {} : { adapter }),
    ...(precision === undefined ? {} : { precision }),
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

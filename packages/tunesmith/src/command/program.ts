import { Command, type Argument } from 'commander';
import manifest from '../../package.json' with { type: 'json' };
import { chatCommand } from './chat.ts';
import { dataCommand } from './data.ts';
import { doctorCommand } from './doctor.ts';
import { evaluateCommand } from './evaluate.ts';
import { exportCommand } from './export.ts';
import { generateCommand } from './generate.ts';
import { initCommand } from './init.ts';
import { inspectCommand } from './inspect.ts';
import { listCommand } from './list.ts';
import { logitsCommand } from './logits.ts';
import { mergeCommand } from './merge.ts';
import { outputOf } from './output.ts';
import { reportCommand } from './report.ts';
import { synthesizeCommand } from './synthesize.ts';
import { tokenizerCommand } from './tokenizer.ts';
import { trainCommand } from './train.ts';
import { workerCommand } from './worker.ts';

/**
 * The whole command. Each job is imported when it is run, so that help and wrong usage answer at once.
 *
 * @param exit hears the code of a command that ended otherwise than done, without an error
 */
export function createProgram(exit: (code: number) => void): Command {
  const program = new Command('tunesmith')
    .description(
      'Instruction tuning for language models: one recipe becomes a tuned model and a report of what it learned.',
    )
    .version(manifest.version, '-V, --version', 'print the version')
    // Without the word [options] each line of the commands fits a terminal of 80 columns.
    .configureHelp({
      subcommandTerm: (command) =>
        [command.name(), ...command.registeredArguments.map(argumentTerm)].join(' '),
    })
    .helpCommand('help [command]', 'show the help of a command')
    .showHelpAfterError('(add --help for what is accepted)')
    .addHelpText(
      'after',
      `
Start here:
  $ tunesmith init my-tune                a recipe, rows and a plugin that train at once
  $ tunesmith doctor                      what this machine can run on
  $ tunesmith data validate rows.jsonl    whether the data is sound
  $ tunesmith train recipe.yaml           train, measure, report

Exit codes: 0 done, 1 failed, 2 wrong usage or input, 130 interrupted.
TUNESMITH_DEBUG=1 in the environment shows where an error arose.`,
    );
  const commands = [
    initCommand(),
    trainCommand(exit),
    evaluateCommand(),
    generateCommand(),
    chatCommand(),
    dataCommand(exit),
    synthesizeCommand(exit),
    workerCommand(),
    mergeCommand(),
    exportCommand(),
    reportCommand(),
    listCommand(),
    doctorCommand(),
    logitsCommand(),
    inspectCommand(),
    tokenizerCommand(),
  ];
  for (const command of commands) program.addCommand(command);
  // Settings are copied to subcommands only when these are made by the program, so they are put on each here.
  for (const command of everyCommand(program)) {
    command
      .exitOverride()
      .showHelpAfterError('(add --help for what is accepted)')
      .configureOutput({
        writeOut: (text) => outputOf(process.stdout).show(text),
        writeErr: (text) => outputOf(process.stderr).show(text),
      });
  }
  return program;
}

/** An argument as help shows it: `<recipe>`, `[settings...]`. */
function argumentTerm(argument: Argument): string {
  const name = `${argument.name()}${argument.variadic ? '...' : ''}`;
  return argument.required ? `<${name}>` : `[${name}]`;
}

function everyCommand(command: Command): Command[] {
  return [command, ...command.commands.flatMap((child) => everyCommand(child as Command))];
}

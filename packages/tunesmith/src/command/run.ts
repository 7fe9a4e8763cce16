import { fromSystem, printable, systemReason, TunesmithError } from '@tunesmith/schema';
import { CommanderError } from 'commander';
import { exitCodes } from './exit-codes.ts';
import { outputOf } from './output.ts';
import { createProgram } from './program.ts';
import { styleText } from './style-text.ts';

/** Runs a command line, without the program's own name, and tells the code to exit with. Never throws. */
export async function run(words: readonly string[]): Promise<number> {
  let code: number = exitCodes.done;
  const program = createProgram((other) => {
    code = other;
  });
  const json = words.includes('--json');
  // What a plugin throws from a timer of its own would end the process with a stack.
  const fault = (error: unknown): void => {
    process.exitCode = report(error, json);
    // oxlint-disable-next-line no-process-exit -- the state of the job is unknown, so nothing may go on with it
    process.exit();
  };
  process.on('uncaughtException', fault);
  try {
    await program.parseAsync([...words], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) code = report(error, json);
    else if (error.exitCode !== 0) code = exitCodes.usage;
  } finally {
    process.off('uncaughtException', fault);
  }
  const lost = await outputOf(process.stdout).finish();
  // A reader that has seen enough, as `head` has, wants no more; a result that could not be kept is a failure.
  if (lost === undefined || lost.code === 'EPIPE' || code !== exitCodes.done) return code;
  return report(
    new TunesmithError({
      package: 'tunesmith',
      code: 'output-lost',
      kind: 'failure',
      message: `the result could not be written to standard output: ${systemReason(lost) ?? lost.message}`,
      cause: lost,
    }),
    json,
  );
}

/** Tells an error on standard error, as JSON where results are JSON, and gives the exit code. */
function report(error: unknown, json: boolean): number {
  const known = TunesmithError.is(error) ? error : fromSystem(error, 'tunesmith');
  const out = outputOf(process.stderr);
  if (json) {
    const { package: owner, code, message, nearest, problems } = known ?? unknownFault(error);
    const told = { error: { code, package: owner, message, nearest, problems } };
    out.raw(`${printable(JSON.stringify(told))}\n`);
  } else {
    const { message } = known ?? unknownFault(error);
    out.show(`${styleText('red', 'error:')} ${message}\n`);
  }
  if (process.env['TUNESMITH_DEBUG'] && error instanceof Error) out.show(`${stackOf(error)}\n`);
  return known?.kind === 'input' ? exitCodes.usage : exitCodes.failed;
}

/** What is neither one of our errors nor one of the system is a fault of the program or of a plugin. */
function unknownFault(error: unknown): TunesmithError {
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return new TunesmithError({
    package: 'tunesmith',
    code: 'unexpected',
    kind: 'failure',
    message: `unexpected: ${message.split('\n', 3).join('\n')}\nThis is a fault of the program or of a plugin; with TUNESMITH_DEBUG=1 in the environment it says where`,
    cause: error,
  });
}

function stackOf(error: Error): string {
  const stack = error.stack ?? error.message;
  return error.cause instanceof Error ? `${stack}\ncaused by ${stackOf(error.cause)}` : stack;
}

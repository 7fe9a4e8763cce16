import { TunesmithError } from '@tunesmith/schema';
import { CommanderError } from 'commander';
import { exitCodes } from './exit-codes.ts';
import { createProgram } from './program.ts';
import { styleText } from './style-text.ts';

/** Runs a command line, without the program's own name, and tells the code to exit with. Never throws. */
export async function run(words: readonly string[]): Promise<number> {
  let code: number = exitCodes.done;
  const program = createProgram((other) => {
    code = other;
  });
  try {
    await program.parseAsync([...words], { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError)
      return error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
    return report(error, words.includes('--json'));
  }
}

/** Tells an error on standard error, as JSON where results are JSON, and gives the exit code. */
function report(error: unknown, json: boolean): number {
  const code =
    TunesmithError.is(error) && error.kind === 'input' ? exitCodes.usage : exitCodes.failed;
  if (json && TunesmithError.is(error)) {
    const { package: owner, code: name, message, nearest, problems } = error;
    process.stderr.write(
      `${JSON.stringify({ error: { code: name, package: owner, message, nearest, problems } })}\n`,
    );
    return code;
  }
  const text = error instanceof Error ? error.message : String(error);
  process.stderr.write(`${styleText('red', 'error:')} ${text}\n`);
  // What is not one of our errors is a fault of the program, and the place helps to mend it.
  if (process.env['TUNESMITH_DEBUG'] !== undefined || !TunesmithError.is(error)) {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? '') : ''}\n`);
  }
  return code;
}

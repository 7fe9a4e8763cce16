import { parseArgs } from 'node:util';
import { TunesmithError } from '@tunesmith/schema';
import { createPlugin } from './create-plugin.ts';
import { templates } from './templates/templates.ts';

const usage = `Usage: create-tunesmith-plugin FOLDER [--kind ${Object.keys(templates).join('|')}]

Writes the package of a plugin into a new folder, whose name becomes the plugin's.

Examples:
  $ pnpm create tunesmith-plugin my-metric
  $ npm create tunesmith-plugin my-method -- --kind method
`;

/** Runs a command line and gives the code to exit with: 0 done, 1 failed, 2 wrong usage or input. */
async function run(words: string[]): Promise<number> {
  try {
    const { values, positionals } = parseArgs({
      args: words,
      allowPositionals: true,
      options: { kind: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
    });
    if (values.help) {
      process.stdout.write(usage);
      return 0;
    }
    const [folder, ...rest] = positionals;
    if (folder === undefined || rest.length > 0) {
      process.stderr.write(`error: one folder is needed\n${usage}`);
      return 2;
    }
    const { kind } = values;
    const { directory, files } = await createPlugin(folder, kind === undefined ? {} : { kind });
    process.stdout.write(
      `wrote ${files.join(', ')} into ${directory}. Now:\n  cd ${folder}\n  npm install\n  npm test\n`,
    );
    return 0;
  } catch (error) {
    process.stderr.write(`error: ${(error as Error).message}\n`);
    const isUsage = String((error as { code?: unknown }).code).startsWith('ERR_PARSE_ARGS');
    return isUsage || (TunesmithError.is(error) && error.kind === 'input') ? 2 : 1;
  }
}

process.exitCode = await run(process.argv.slice(2));

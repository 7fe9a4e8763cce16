import { relative } from 'node:path';
import type { Command } from 'commander';
import { createCommand, terminalOf } from './shared.ts';

/** `tunesmith init` */
export function initCommand(): Command {
  return createCommand(
    'init',
    'Write a first recipe, 30 rows of instructions and a plugin that train at once',
    ['init my-tune', 'init second-tune --json'],
  )
    .argument('[folder]', 'where to; made if it does not exist', '.')
    .action(async (folder: string, options: { json?: boolean }) => {
      const { init } = await import('../init/init.ts');
      const found = await init(folder);
      const short = relative(process.cwd(), found.directory);
      const enter = short === '' ? [] : [`  cd ${short}`];
      terminalOf(options).result(
        found,
        [`wrote ${found.files.join(', ')}. Now:`, ...enter, '  tunesmith train recipe.yaml'].join(
          '\n',
        ),
      );
    });
}

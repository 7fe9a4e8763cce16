import { join, relative } from 'node:path';
import type { Command } from 'commander';
import { calledAs } from './called-as.ts';
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
      const recipe = join(short, 'recipe.yaml');
      const place = short === '' ? '' : ` into ${short}`;
      terminalOf(options).result(
        found,
        `wrote ${found.files.join(', ')}${place}. Now:\n  ${calledAs()} train ${/\s/.test(recipe) ? `"${recipe}"` : recipe}`,
      );
    });
}

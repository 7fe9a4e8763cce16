import { Option, type Command } from 'commander';
import type { FloatingType } from '@tunesmith/models';
import {
  createCommand,
  modelOptionsOf,
  terminalOf,
  withRunOrModel,
  type ModelFlags,
} from './shared.ts';

/** `tunesmith merge` */
export function mergeCommand(): Command {
  const command = createCommand('merge', 'Fold an adapter into its model', [
    'merge runs/first --out ./nano-tuned',
    'merge --model @tunesmith/nano --adapter runs/first/adapter --out ./nano-tuned-half --dtype bfloat16',
  ]);
  return withRunOrModel(command)
    .requiredOption('--out <folder>', 'where the merged model goes: a new folder')
    .addOption(
      new Option('--dtype <type>', 'type of the stored weights')
        .choices(['float32', 'float16', 'bfloat16'])
        .default('float32'),
    )
    .action(
      async (run: string | undefined, flags: ModelFlags & { out: string; dtype: FloatingType }) => {
        const terminal = terminalOf(flags);
        const { merge } = await import('../merge.ts');
        const found = await merge({
          ...modelOptionsOf(run, flags, terminal),
          out: flags.out,
          dtype: flags.dtype,
        });
        terminal.result(
          found,
          `merged ${found.adapters.join(', ')}: ${found.changed} tensors changed, logits agree\n${found.directory}`,
        );
      },
    );
}

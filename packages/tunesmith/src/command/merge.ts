import { TunesmithError } from '@tunesmith/schema';
import { Option, type Command } from 'commander';
import type { FloatingType } from '@tunesmith/models';
import {
  createCommand,
  modelOptionsOf,
  terminalOf,
  withModelFlags,
  type ModelFlags,
} from './shared.ts';

/** `tunesmith merge` */
export function mergeCommand(): Command {
  const command = createCommand('merge', 'Fold an adapter into its model', [
    'merge --model ./nano --adapter runs/first/adapter --out ./nano-tuned',
  ]);
  return withModelFlags(command)
    .requiredOption('--out <folder>', 'where the merged model goes: a new folder')
    .addOption(
      new Option('--dtype <type>', 'type of the stored weights')
        .choices(['float32', 'float16', 'bfloat16'])
        .default('float32'),
    )
    .action(async (flags: ModelFlags & { out: string; dtype: FloatingType }) => {
      const adapter = flags.adapter ?? [];
      if (adapter.length === 0) {
        throw new TunesmithError({
          package: 'tunesmith',
          code: 'missing-option',
          message: 'there is no adapter to merge',
          accepted: '--adapter FOLDER, once or more',
        });
      }
      const terminal = terminalOf(flags);
      const { merge } = await import('../merge.ts');
      const found = await merge({
        ...modelOptionsOf(flags),
        adapter,
        out: flags.out,
        dtype: flags.dtype,
        onWork: terminal.working,
      });
      terminal.result(
        found,
        `merged ${found.adapters.join(', ')}: ${found.changed} tensors changed, logits agree\n${found.directory}`,
      );
    });
}

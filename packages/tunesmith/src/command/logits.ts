import type { Command } from 'commander';
import {
  createCommand,
  modelOptionsOf,
  terminalOf,
  withModelFlags,
  type ModelFlags,
} from './shared.ts';

/** `tunesmith logits` */
export function logitsCommand(): Command {
  const command = createCommand(
    'logits',
    'Write the logits of token rows, to compare with other programs',
    [
      'logits --model ./nano --ids ids.safetensors --out logits.safetensors',
      'logits --model ./nano --adapter runs/first/adapter --ids ids.safetensors --out tuned-logits.safetensors',
    ],
  );
  return withModelFlags(command)
    .requiredOption('--ids <file>', 'a safetensors file with the tensor input_ids, [rows, tokens]')
    .requiredOption(
      '--out <file>',
      'a safetensors file to write: the tensor logits, [rows, tokens, vocabulary], float32',
    )
    .action(async (flags: ModelFlags & { ids: string; out: string }) => {
      const { computeLogits } = await import('../logits.ts');
      const { shape } = await computeLogits({
        ...modelOptionsOf(flags),
        ids: flags.ids,
        out: flags.out,
      });
      terminalOf(flags).result(
        { out: flags.out, shape },
        `logits [${shape.join(', ')}] written to ${flags.out}`,
      );
    });
}

import type { Command } from 'commander';
import {
  createCommand,
  modelOptionsOf,
  terminalOf,
  withPrecision,
  withRunOrModel,
  type ModelFlags,
} from './shared.ts';

/** `tunesmith logits` */
export function logitsCommand(): Command {
  const command = createCommand(
    'logits',
    'Write the logits of token rows, to compare with other programs',
    [
      'logits --model @tunesmith/nano --ids ids.safetensors --out logits.safetensors',
      'logits runs/first --ids ids.safetensors --out tuned-logits.safetensors',
    ],
  );
  return withPrecision(withRunOrModel(command))
    .requiredOption(
      '--ids <file>',
      'a safetensors file with the tensor input_ids, [rows, tokens]; attention_mask and decoder_input_ids are read too',
    )
    .requiredOption(
      '--out <file>',
      'a new safetensors file: the tensor logits, [rows, tokens, vocabulary] or [rows, labels], float32',
    )
    .action(async (run: string | undefined, flags: ModelFlags & { ids: string; out: string }) => {
      const terminal = terminalOf(flags);
      const { computeLogits } = await import('../logits.ts');
      const { shape } = await computeLogits({
        ...modelOptionsOf(run, flags, terminal),
        ids: flags.ids,
        out: flags.out,
      });
      terminal.result(
        { out: flags.out, shape },
        `logits [${shape.join(', ')}] written to ${flags.out}`,
      );
    });
}

import { Option, type Command } from 'commander';
import type { GgufEncoding } from '@tunesmith/models';
import {
  createCommand,
  modelOptionsOf,
  terminalOf,
  withRunOrModel,
  type ModelFlags,
} from './shared.ts';

interface ExportFlags extends ModelFlags {
  format: 'gguf';
  out: string;
  encoding?: GgufEncoding;
  as: 'model' | 'adapter';
}

/** `tunesmith export` */
export function exportCommand(): Command {
  const command = createCommand('export', 'Write a model or an adapter for other programs', [
    'export runs/first --format gguf --encoding q8_0 --out tuned.gguf',
    'export runs/first --format gguf --as adapter --out adapter.gguf',
  ]);
  return withRunOrModel(command)
    .addOption(
      new Option('--format <format>', 'of llama.cpp and Ollama')
        .choices(['gguf'])
        .makeOptionMandatory(),
    )
    .requiredOption('--out <file>', 'where it goes: a new file')
    .addOption(
      new Option(
        '--encoding <type>',
        'of the weights (default: f16 for a model, f32 for an adapter)',
      ).choices(['f32', 'f16', 'bf16', 'q8_0', 'q4_0']),
    )
    .addOption(
      new Option('--as <what>', 'a model with its adapters folded in, or the adapter alone')
        .choices(['model', 'adapter'])
        .default('model'),
    )
    .action(async (run: string | undefined, flags: ExportFlags) => {
      const terminal = terminalOf(flags);
      const { exportGguf } = await import('../export.ts');
      const found = await exportGguf({
        ...modelOptionsOf(run, flags, terminal),
        out: flags.out,
        as: flags.as,
        ...(flags.encoding === undefined ? {} : { encoding: flags.encoding }),
      });
      const merged = found.adapters.length > 0 ? `, with ${found.adapters.join(', ')}` : '';
      terminal.result(found, `${flags.as} in ${found.encoding}${merged}\nfile     ${found.file}`);
    });
}

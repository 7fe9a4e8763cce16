import { Option, type Command } from 'commander';
import { nearest, TunesmithError } from '@tunesmith/schema';
import type { GgufEncoding, OnnxEncoding } from '@tunesmith/models';
import {
  collect,
  createCommand,
  modelOptionsOf,
  terminalOf,
  withRunOrModel,
  type ModelFlags,
} from './shared.ts';

interface ExportFlags extends ModelFlags {
  format: 'gguf' | 'onnx';
  out: string;
  encoding?: string[];
  as: 'model' | 'adapter';
}

const encodings = {
  gguf: ['f32', 'f16', 'bf16', 'q8_0', 'q4_0'],
  onnx: ['f32', 'f16', 'q8', 'q4'],
} as const;

/** `tunesmith export` */
export function exportCommand(): Command {
  const command = createCommand('export', 'Write a model or an adapter for other programs', [
    'export runs/first --format gguf --encoding q8_0 --out tuned.gguf',
    'export runs/first --format gguf --as adapter --out adapter.gguf',
    'export runs/first --format onnx --encoding f32 --encoding q4 --out tuned-onnx',
  ]);
  return withRunOrModel(command)
    .addOption(
      new Option('--format <format>', 'gguf: of llama.cpp and Ollama; onnx: of transformers.js')
        .choices(['gguf', 'onnx'])
        .makeOptionMandatory(),
    )
    .requiredOption('--out <path>', 'where it goes: a new file, of onnx a new folder')
    .option(
      '--encoding <type>',
      `of the weights. gguf: ${encodings.gguf.join(', ')} (default: f16 for a model, f32 for an adapter); onnx: ${encodings.onnx.join(', ')}, may be given several times (default: f32 and q8)`,
      collect,
    )
    .addOption(
      new Option('--as <what>', 'a model with its adapters folded in, or the adapter alone (gguf)')
        .choices(['model', 'adapter'])
        .default('model'),
    )
    .action(async (run: string | undefined, flags: ExportFlags) => {
      const terminal = terminalOf(flags);
      const options = { ...modelOptionsOf(run, flags, terminal), out: flags.out };
      const withAdapters = (names: readonly string[]): string =>
        names.length > 0 ? `, with ${names.join(', ')}` : '';
      if (flags.format === 'onnx') {
        if (flags.as === 'adapter') throw adapterAlone();
        const chosen = encodingsOf<OnnxEncoding>(flags);
        const { exportOnnx } = await import('../export-onnx.ts');
        const found = await exportOnnx({ ...options, ...(chosen ? { encodings: chosen } : {}) });
        const widest = Math.max(...found.models.map(({ path }) => path.length));
        const lines = found.models.map(
          ({ path, difference }) =>
            `${path.padEnd(widest)} logits within ${difference.toPrecision(2)}`,
        );
        terminal.result(
          found,
          [
            `model for ONNX${withAdapters(found.adapters)}`,
            ...lines,
            `folder   ${found.directory}`,
          ].join('\n'),
        );
        return;
      }
      const [encoding, other] = encodingsOf<GgufEncoding>(flags) ?? [];
      if (other !== undefined) throw oneFile(flags.encoding!);
      const { exportGguf } = await import('../export.ts');
      const found = await exportGguf({
        ...options,
        as: flags.as,
        ...(encoding === undefined ? {} : { encoding }),
      });
      terminal.result(
        found,
        `${flags.as} in ${found.encoding}${withAdapters(found.adapters)}\nfile     ${found.file}`,
      );
    });
}

/** The encodings that are asked for, checked for the format. @throws `unknown-encoding` */
function encodingsOf<Encoding extends string>({
  format,
  encoding,
}: ExportFlags): Encoding[] | undefined {
  const accepted: readonly string[] = encodings[format];
  const wrong = encoding?.find((one) => !accepted.includes(one));
  if (wrong === undefined) return encoding as Encoding[] | undefined;
  const close = nearest(wrong, accepted);
  throw new TunesmithError({
    package: 'tunesmith',
    code: 'unknown-encoding',
    message: `${format} has no encoding "${wrong}"`,
    value: wrong,
    accepted,
    ...(close === undefined ? {} : { nearest: close }),
  });
}

function oneFile(value: readonly string[]): TunesmithError {
  return new TunesmithError({
    package: 'tunesmith',
    code: 'conflicting-options',
    message: `a GGUF file is of one encoding, and here are ${value.join(', ')}`,
    value,
    accepted: 'one --encoding',
  });
}

function adapterAlone(): TunesmithError {
  return new TunesmithError({
    package: 'tunesmith',
    code: 'conflicting-options',
    message: 'an adapter alone is not written as ONNX',
    value: 'adapter',
    accepted: 'onnx with the adapter folded into its model, or gguf',
  });
}

import type { Command } from 'commander';
import type { InspectSummary } from '../inspect.ts';
import { createCommand, terminalOf, warn } from './shared.ts';

/** `tunesmith inspect` */
export function inspectCommand(): Command {
  return createCommand('inspect', 'List what a checkpoint, a GGUF file or an adapter holds', [
    'inspect model.gguf',
    'inspect runs/first/adapter',
    'inspect model.gguf --out decoded.safetensors',
  ])
    .argument('<path>', 'a safetensors or GGUF file, or the folder of a model or an adapter')
    .option('--out <file>', 'a new safetensors file: every tensor decoded to float32')
    .action(async (path: string, flags: { json?: boolean; out?: string }) => {
      const terminal = terminalOf(flags);
      const { inspectWeights } = await import('../inspect.ts');
      const { out } = flags;
      const found = await inspectWeights({
        path,
        onWork: terminal.working,
        onWarning: ({ message }) => warn(terminal, message),
        ...(out === undefined ? {} : { out }),
      });
      const written = out === undefined ? '' : `\nwritten as float32 to ${out}`;
      terminal.result(
        { ...found, metadata: shortened(found.metadata), ...(out === undefined ? {} : { out }) },
        `${textOf(found)}${written}`,
      );
    });
}

/** Elements of a list that are shown. */
const shownElements = 8;

/** A value of metadata that JSON can hold: long lists by their length and their first elements. */
function shortened(value: unknown): unknown {
  if (typeof value === 'bigint') return String(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value) || ArrayBuffer.isView(value)) {
    const all = Array.from(value as ArrayLike<unknown>);
    const first = all.slice(0, shownElements).map(shortened);
    return all.length > shownElements ? { length: all.length, first } : first;
  }
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, shortened(one)]));
}

/** A value on one line, cut where it is long. */
function lineOf(value: unknown): string {
  const short = shortened(value);
  const text = typeof short === 'string' ? short : JSON.stringify(short);
  const line = text.replaceAll('\n', '\\n');
  return line.length > 100 ? `${line.slice(0, 100)}…` : line;
}

function textOf({ metadata, tensors, bytes }: InspectSummary): string {
  const sections = Object.entries(metadata).map(([file, values]) => {
    const rows = Object.entries(values).map(([key, value]) => [`  ${key}`, lineOf(value)]);
    return [file, ...aligned(rows)].join('\n');
  });
  const rows = tensors.map(({ name, shape, encoding, bytes: size }) => [
    `  ${name}`,
    `[${shape.join(', ')}]`,
    encoding,
    String(size),
  ]);
  const table = ['tensors', ...aligned([['  name', 'shape', 'encoding', 'bytes'], ...rows])];
  return [...sections, table.join('\n'), `${tensors.length} tensors, ${bytes} bytes`].join('\n\n');
}

/** Rows whose columns stand below each other. */
function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = rows.reduce<number[]>(
    (most, row) => row.map((cell, i) => Math.max(most[i] ?? 0, cell.length)),
    [],
  );
  return rows.map((row) =>
    row.map((cell, i) => (i === row.length - 1 ? cell : cell.padEnd(widths[i]!))).join('  '),
  );
}

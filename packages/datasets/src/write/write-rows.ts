import { systemReason, TunesmithError, type Files } from '@tunesmith/schema';
import { builtinLayouts, fileLayout, withoutPacking } from '../layouts/builtin.ts';
import type { FileLayout, WrittenRow } from '../layouts/file-layout.ts';
import { packed } from './packed.ts';
import { typedRows } from './typed-rows.ts';

/** How rows are written. */
export interface WriteRowsOptions {
  /** Names of the columns of tables that have no line of names. */
  readonly columns?: readonly string[] | undefined;
  /** The file is one row where there is one alone. */
  readonly document?: boolean | undefined;
  /** Hears what of the rows reading will not give back as it was. The same words for the same reason. */
  readonly onNote?: (reason: string) => void;
}

const package_ = '@tunesmith/datasets';

/**
 * The layout in which a file is written, by its name.
 *
 * @throws TunesmithError `unknown-name`, `cannot-write`
 */
export function writtenLayout(
  file: string,
): FileLayout & { write: NonNullable<FileLayout['write']> } {
  const layout = fileLayout(file);
  const { write } = layout;
  if (write && !/\.zst(d)?$/i.test(file)) return { ...layout, write };
  throw new TunesmithError({
    package: package_,
    code: 'cannot-write',
    message: `${file}: rows are not written ${write ? 'packed by zstd' : 'in this layout'}`,
    value: file,
    accepted: [
      ...builtinLayouts.flatMap((one) => (one.write ? `.${one.endings[0]!}` : [])),
      'each also with .gz',
    ],
  });
}

/**
 * Writes rows to a file in the layout that its name says, packed by gzip where `.gz` follows. The file appears under its name only when
 * it is whole.
 *
 * @throws TunesmithError those of {@link writtenLayout}; `cannot-write` where the disk refuses, and what else {@link Files.write}
 * throws
 */
export async function writeRows(
  files: Files,
  path: string,
  rows: AsyncIterable<WrittenRow>,
  { columns, document, onNote: note }: WriteRowsOptions = {},
): Promise<void> {
  const file = files.locate(path);
  const layout = writtenLayout(file);
  const named = columns && layout.table ? { columns } : {};
  try {
    const { read, types, done } =
      layout.typed && !('columns' in named)
        ? await typedRows(files, `${path}.rows`, rows)
        : { read: () => rows, types: new Map(), done: async () => {} };
    const isPacked = withoutPacking(file) !== file;
    try {
      await files.write(path, async (write) => {
        const { take, end } = isPacked ? packed(write) : { take: write, end: async () => {} };
        await layout.write(read(), take, { ...named, document, types, note });
        await end();
      });
    } finally {
      await done();
    }
  } catch (cause) {
    if (!TunesmithError.is(cause) || cause.code !== 'write-failed') throw cause;
    const reason = systemReason(cause.cause) ?? cause.problems[0]!;
    throw new TunesmithError({
      package: package_,
      code: 'cannot-write',
      message: `${file} was not written: ${reason}`,
      value: file,
      kind: 'failure',
      cause,
    });
  }
}

import type { Files } from '@tunesmith/schema';
import type { WrittenRow } from '../layouts/file-layout.ts';
import { addFields, typesOfRow, type ColumnType } from '../layouts/parts/column-type.ts';
import { writeTexts } from '../layouts/parts/write-texts.ts';
import { dataFile } from '../read/data-file.ts';
import { textLines } from '../read/text-lines.ts';

/** Rows whose columns are known. */
export interface TypedRows {
  /** The columns of all rows together. */
  readonly types: ReadonlyMap<string, ColumnType>;
  /** The rows, once more. */
  read(): AsyncIterable<WrittenRow>;
  /** Puts away what was kept. */
  done(): Promise<void>;
}

/** Characters of rows that are held; further ones go to a file. */
const heldLength = 2 ** 22;

/**
 * Goes through rows once, to learn their columns: a few are held, many are kept beside the file that is to be written.
 *
 * @param path where they are kept meanwhile
 */
export async function typedRows(
  files: Files,
  path: string,
  rows: AsyncIterable<WrittenRow>,
): Promise<TypedRows> {
  const types = new Map<string, ColumnType>();
  const source = texts(rows, types)[Symbol.asyncIterator]();
  const held: string[] = [];
  let length = 0;
  let next = await source.next();
  for (; !next.done && length < heldLength; next = await source.next()) {
    held.push(next.value);
    length += next.value.length;
  }
  if (next.done)
    return {
      types,
      async *read() {
        for (const text of held) yield JSON.parse(text) as WrittenRow;
      },
      done: async () => {},
    };
  const first = next.value;
  const all = async function* (): AsyncGenerator<string> {
    yield* held;
    yield first;
    yield* { [Symbol.asyncIterator]: () => source };
  };
  await files.write(path, (write) => writeTexts(all(), write));
  return {
    types,
    async *read() {
      for await (const { text } of textLines(dataFile(files, path)))
        yield JSON.parse(text) as WrittenRow;
    },
    done: () => files.remove(path),
  };
}

async function* texts(
  rows: AsyncIterable<WrittenRow>,
  types: Map<string, ColumnType>,
): AsyncGenerator<string> {
  for await (const row of rows) {
    addFields(types, typesOfRow(row));
    yield `${JSON.stringify(row)}\n`;
  }
}

import type * as Library from 'hyparquet';
import type { FileMetaData, SchemaElement } from 'hyparquet';
import type * as Compressors from 'hyparquet-compressors';
import type { ParquetWriter } from 'hyparquet-writer';
import {
  isTooTight,
  packedTooTightly,
  unreadable,
  wholeFile,
  type DataFile,
  type RangedFile,
} from '../read/data-file.ts';
import type { RowNote, SourceRow } from '../read/rows.ts';
import type { FileLayout, WrittenRow } from './file-layout.ts';
import { asTyped, type ColumnType } from './parts/column-type.ts';
import { unpackLz4Block } from './parts/lz4-frame.ts';
import { plainValue } from './parts/plain-value.ts';

/**
 * Apache Parquet, a row group at a time. Texts, numbers and lists of objects are columns of their own type; what has no one type,
 * such as `meta`, is a column of JSON. Compression may be any that `hyparquet-compressors` knows; written is Snappy.
 *
 * @see https://parquet.apache.org/docs/file-format/
 */
export const parquet: FileLayout = {
  name: 'parquet',
  description: 'Apache Parquet: typed columns, packed.',
  endings: ['parquet', 'pq'],
  begins: [[0x50, 0x41, 0x52, 0x31]],
  typed: true,
  async *rows(file) {
    const ranged = (await file.ranges()) ?? (await wholeFile(file));
    const [library, { compressors: given }] = await Promise.all([
      import('hyparquet'),
      import('hyparquet-compressors'),
    ]);
    // Its own refuses blocks that end without a literal.
    const compressors = { ...given, LZ4_RAW: unpackLz4Block };
    const buffer = asyncBuffer(file, ranged);
    const metadata = await library
      .parquetMetadataAsync(buffer, { initialFetchSize: footerBytes })
      .catch(failing(file.name, `it is no whole Parquet file of ${ranged.size} bytes`));
    checkSizes(file.name, metadata);
    let index = 0;
    for (const { num_rows: count } of metadata.row_groups) {
      const rowEnd = index + Number(count);
      const asked = { file: buffer, metadata, compressors, rowStart: index, rowEnd };
      for (const row of await readGroup(library, asked, file.name)) {
        yield rowOf(row, file.name, index);
        index += 1;
      }
    }
  },
  async write(rows, write, { types }) {
    const { ByteWriter, ParquetWriter } = await import('hyparquet-writer');
    const bytes = new ByteWriter();
    const take = async (): Promise<void> => {
      const piece = new Uint8Array(bytes.buffer.slice(0, bytes.index));
      bytes.index = 0;
      await write(piece);
    };
    const schema = [
      { name: 'root', num_children: types.size },
      ...[...types].flatMap(([name, type]) => elementsOf(name, type)),
    ];
    const writer = new ParquetWriter({ writer: bytes, schema, createdBy: 'tunesmith' });
    for await (const group of groupsOf(rows)) {
      await writeGroup(writer, group, types);
      await take();
    }
    await writer.finish();
    await take();
  },
};

interface Asked {
  readonly file: { byteLength: number; slice(start: number, end?: number): Promise<ArrayBuffer> };
  readonly metadata: FileMetaData;
  readonly compressors: typeof Compressors.compressors;
  readonly rowStart: number;
  readonly rowEnd: number;
}

async function readGroup(
  { parquetReadObjects }: typeof Library,
  asked: Asked,
  name: string,
): Promise<Record<string, unknown>[]> {
  return parquetReadObjects(asked).catch(
    failing(name, `it is damaged between rows ${asked.rowStart + 1} and ${asked.rowEnd}`),
  );
}

/** A file as the library reads it. */
function asyncBuffer({ name }: DataFile, { size, read }: RangedFile): Asked['file'] {
  return {
    byteLength: size,
    async slice(start, end = size) {
      const bytes = await read(start, end - start);
      if (bytes.length < end - start) throw unreadable(name, `it ends before byte ${end}`);
      return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
    },
  };
}

/** A bomb says in its footer how large it gets. */
function checkSizes(name: string, { row_groups: groups }: FileMetaData): void {
  for (const { columns } of groups)
    for (const { meta_data: column } of columns)
      if (
        column &&
        isTooTight(Number(column.total_compressed_size), Number(column.total_uncompressed_size))
      )
        throw packedTooTightly(name);
}

function failing(name: string, what: string): (cause: unknown) => never {
  return (cause) => {
    throw unreadable(name, `${what}: ${cause instanceof Error ? cause.message : String(cause)}`);
  };
}

function rowOf(row: Record<string, unknown>, file: string, index: number): SourceRow {
  const notes: RowNote[] = [];
  const value = plainValue(row, (note) => notes.push(note)) as Record<string, unknown>;
  return { value, file, line: index + 1, index, ...(notes.length > 0 ? { notes } : {}) };
}

/** Bytes from the end that are read first: the index is among them, unless it is long. */
const footerBytes = 2 ** 16;
/** Rows, and characters of JSON, that are held at a time; a group is written when there are as many. */
const [groupRows, groupLength] = [5000, 2 ** 24];

async function* groupsOf(rows: AsyncIterable<WrittenRow>): AsyncGenerator<WrittenRow[]> {
  let group: WrittenRow[] = [];
  let length = 0;
  for await (const row of rows) {
    group.push(row);
    length += JSON.stringify(row).length;
    if (group.length < groupRows && length < groupLength) continue;
    yield group;
    [group, length] = [[], 0];
  }
  if (group.length > 0) yield group;
}

async function writeGroup(
  writer: ParquetWriter,
  group: readonly WrittenRow[],
  types: ReadonlyMap<string, ColumnType>,
): Promise<void> {
  const columnData = [...types].map(([name, type]) => ({
    name,
    data: group.map((row) => written(row[name], type)),
  }));
  await writer.write({ columnData, rowGroupSize: group.length });
}

/** The library packs JSON itself, and takes whole numbers of 64 bits as such. */
function written(value: unknown, type: ColumnType): unknown {
  if (value === undefined || value === null) return null;
  if (type.kind === 'integer') return BigInt(value as number);
  if (type.kind === 'list') return (value as unknown[]).map((item) => written(item, type.items));
  if (type.kind === 'record')
    return Object.fromEntries(
      [...type.fields].map(([key, field]) => [
        key,
        written((value as Record<string, unknown>)[key], field),
      ]),
    );
  return type.kind === 'json' ? value : asTyped(value, type);
}

/** A column, and what is in it, from the top down. */
function elementsOf(name: string, type: ColumnType): SchemaElement[] {
  const optional = { name, repetition_type: 'OPTIONAL' } as const;
  switch (type.kind) {
    case 'boolean':
      return [{ ...optional, type: 'BOOLEAN' }];
    case 'integer':
      return [{ ...optional, type: 'INT64' }];
    case 'number':
      return [{ ...optional, type: 'DOUBLE' }];
    case 'json':
      return [{ ...optional, type: 'BYTE_ARRAY', converted_type: 'JSON' }];
    case 'list':
      return [
        { ...optional, converted_type: 'LIST', num_children: 1 },
        { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
        ...elementsOf('element', type.items),
      ];
    case 'record':
      return [
        { ...optional, num_children: type.fields.size },
        ...[...type.fields].flatMap(([key, field]) => elementsOf(key, field)),
      ];
    default:
      return [{ ...optional, type: 'BYTE_ARRAY', converted_type: 'UTF8' }];
  }
}

import type * as Library from '@uwdata/flechette';
import type { DataType, Field, Table } from '@uwdata/flechette';
import { isTooTight, packedTooTightly, unreadable } from '../read/data-file.ts';
import type { RowNote } from '../read/rows.ts';
import type { FileLayout, WrittenRow } from './file-layout.ts';
import {
  arrowEnd,
  arrowFileStart,
  arrowMessages,
  arrowStreamStart,
  firstMessageEnd,
} from './parts/arrow-messages.ts';
import { asTyped, type ColumnType } from './parts/column-type.ts';
import { unpackLz4Frame } from './parts/lz4-frame.ts';
import { plainValue } from './parts/plain-value.ts';

/** The key under which Arrow keeps what a column is besides its type, and the name of JSON there. */
const [extensionKey, jsonExtension] = ['ARROW:extension:name', 'arrow.json'];

/**
 * Apache Arrow, a batch of rows at a time: files with an index (Feather 2), and streams, as the cache of Python's `datasets`
 * holds them; plain, or packed by LZ4 or zstd. Written are streams, with JSON (`arrow.json`) where values have no one type.
 *
 * @see https://arrow.apache.org/docs/format/Columnar.html
 */
export const arrow: FileLayout = {
  name: 'arrow',
  description: 'Apache Arrow and Feather: typed columns.',
  endings: ['arrow', 'feather', 'arrows', 'ipc'],
  begins: [arrowFileStart, arrowStreamStart],
  typed: true,
  async *rows(file) {
    const library = await openLibrary(file.name);
    let schema: Uint8Array | undefined;
    const dictionaries: Uint8Array[] = [];
    let index = 0;
    for await (const { kind, bytes } of arrowMessages(file)) {
      if (kind === 'schema') schema ??= bytes;
      if (kind === 'dictionary') dictionaries.push(bytes);
      if (kind !== 'rows') continue;
      if (schema === undefined) throw unreadable(file.name, 'its rows come before its schema');
      for (const row of tableRows(library, [schema, ...dictionaries, bytes], file.name, index)) {
        const notes: RowNote[] = [];
        const value = plainValue(row, (note) => notes.push(note)) as Record<string, unknown>;
        const place = { file: file.name, line: index + 1, index };
        yield { value, ...place, ...(notes.length > 0 ? { notes } : {}) };
        index += 1;
      }
    }
    if (schema === undefined) throw unreadable(file.name, 'it has no schema');
  },
  async write(rows, write, { types }) {
    const library = await import('@uwdata/flechette');
    let begun = false;
    const batch = async (held: readonly WrittenRow[]): Promise<void> => {
      const stream = library.tableToIPC(tableOf(library, held, types), { format: 'stream' })!;
      const from = begun ? firstMessageEnd(stream) : 0;
      begun = true;
      await write(stream.slice(from, stream.length - arrowEnd.length));
    };
    let held: WrittenRow[] = [];
    for await (const row of rows) {
      held.push(row);
      if (held.length < batchRows) continue;
      await batch(held);
      held = [];
    }
    if (held.length > 0 || !begun) await batch(held);
    await write(arrowEnd);
  },
};

/** Rows of a batch; Python's `datasets` writes as many. */
const batchRows = 1000;
/** Rows of a batch that is read. */
const mostRows = 2 ** 24;

async function openLibrary(name: string): Promise<typeof Library> {
  const [library, { decompress }] = await Promise.all([
    import('@uwdata/flechette'),
    import('fzstd'),
  ]);
  const { CompressionType, setCompressionCodec } = library;
  const bounded =
    (unpack: (packed: Uint8Array, size: number) => Uint8Array) =>
    (packed: Uint8Array, size: number): Uint8Array => {
      if (isTooTight(packed.length, size)) throw packedTooTightly(name);
      return unpack(packed, size);
    };
  const encode = (bytes: Uint8Array): Uint8Array => bytes;
  setCompressionCodec(CompressionType.LZ4_FRAME, { encode, decode: bounded(unpackLz4Frame) });
  const zstd = (packed: Uint8Array, size: number) => decompress(packed, new Uint8Array(size));
  setCompressionCodec(CompressionType.ZSTD, { encode, decode: bounded(zstd) });
  return library;
}

/** The rows of one batch. */
function tableRows(
  { tableFromIPC }: typeof Library,
  messages: Uint8Array[],
  name: string,
  index: number,
): Record<string, unknown>[] {
  try {
    const options = { useDate: true, useBigInt: true, useMap: true };
    const table = tableFromIPC(messages, options);
    if (table.numRows > mostRows) throw new Error(`it says that it has ${table.numRows} rows`);
    const rows = table.toArray() as Record<string, unknown>[];
    const { fields } = table.schema;
    if (!fields.some(holdsJson)) return rows;
    return rows.map((row) => parsedFields(row, fields));
  } catch (cause) {
    throw unreadable(
      name,
      `its batch of rows from ${index + 1} on is damaged: ${(cause as Error).message}`,
    );
  }
}

function isJson({ metadata }: Field): boolean {
  return metadata?.get(extensionKey) === jsonExtension;
}

function holdsJson(field: Field): boolean {
  return isJson(field) || childrenOf(field.type).some(holdsJson);
}

function childrenOf(type: DataType): Field[] {
  return 'children' in type && Array.isArray(type.children) ? (type.children as Field[]) : [];
}

function parsedFields(
  row: Record<string, unknown>,
  fields: readonly Field[],
): Record<string, unknown> {
  return Object.fromEntries(fields.map((field) => [field.name, parsed(row[field.name], field)]));
}

/** A value with the JSON in it read. */
function parsed(value: unknown, field: Field): unknown {
  if (value === null || value === undefined) return null;
  if (isJson(field)) return JSON.parse(value as string);
  if (!holdsJson(field)) return value;
  const children = childrenOf(field.type);
  if (Symbol.iterator in (value as object))
    return Array.from(value as Iterable<unknown>, (item) => parsed(item, children[0]!));
  return parsedFields(value as Record<string, unknown>, children);
}

function tableOf(
  library: typeof Library,
  rows: readonly WrittenRow[],
  types: ReadonlyMap<string, ColumnType>,
): Table {
  const fields = [...types].map(([name, type]) => fieldOf(library, name, type));
  const columns = [...types].map(([name, type], at) =>
    library.columnFromArray(
      rows.map((row) => asTyped(row[name], type)),
      fields[at]!.type,
    ),
  );
  const schema = {
    version: library.Version.V5,
    endianness: library.Endianness.Little,
    fields,
    metadata: null,
  };
  return new library.Table(schema, columns);
}

function fieldOf(library: typeof Library, name: string, type: ColumnType): Field {
  const metadata = type.kind === 'json' ? new Map([[extensionKey, jsonExtension]]) : null;
  return library.field(name, typeOf(library, type), true, metadata);
}

function typeOf(library: typeof Library, type: ColumnType): DataType {
  switch (type.kind) {
    case 'boolean':
      return library.bool();
    case 'integer':
      return library.int64();
    case 'number':
      return library.float64();
    case 'list':
      return library.list(fieldOf(library, 'item', type.items));
    case 'record':
      return library.struct([...type.fields].map(([key, field]) => fieldOf(library, key, field)));
    default:
      return library.utf8();
  }
}

import { memoryFiles } from '@tunesmith/schema';
import { describe, expect, it } from 'vitest';
import { dataFile, fileOf, type DataFile } from '../../read/data-file.ts';
import type { BadRow, SourceRow } from '../../read/rows.ts';
import type { FileLayout, WrittenRow } from '../file-layout.ts';
import { addFields, typesOfRow, type ColumnType } from '../parts/column-type.ts';

/** What a layout is tried on. */
export interface FileLayoutCases {
  /** Rows that it can hold. */
  readonly rows: readonly WrittenRow[];
  /** What it gives back of them, where that is not the same. */
  readonly read?: readonly WrittenRow[];
  /** A file that breaks off, where not its rows alone would tell: a part of the error. */
  readonly cut?: string;
}

/** The rows of a file. */
export async function rowsOfFile(
  layout: FileLayout,
  file: DataFile,
): Promise<(SourceRow | BadRow)[]> {
  const found: (SourceRow | BadRow)[] = [];
  for await (const row of layout.rows(file, {})) found.push(row);
  return found;
}

/** Rows as a file of a layout. */
export async function writtenFile(
  layout: FileLayout,
  rows: readonly WrittenRow[],
): Promise<Uint8Array> {
  const types = new Map<string, ColumnType>();
  for (const row of rows) addFields(types, typesOfRow(row));
  const pieces: Uint8Array[] = [];
  const source = (async function* () {
    yield* rows;
  })();
  await layout.write!(source, async (piece) => void pieces.push(piece.slice()), { types });
  return Buffer.concat(pieces);
}

/** A file whose bytes come one at a time, and which cannot be read in ranges. */
function inBytes(name: string, bytes: Uint8Array): DataFile {
  return fileOf(name, {
    stream: async function* () {
      for (const byte of bytes) yield Uint8Array.of(byte);
    },
  });
}

/**
 * The suite that every layout of files passes: rows that are written come back in order, numbered from 0, wherever the file lies and
 * in however small pieces it comes; an empty list of rows is a file without rows; whoever has enough rows ends the reading.
 */
export function testFileLayout(
  layout: FileLayout,
  { rows, read = rows, cut }: FileLayoutCases,
): void {
  const name = `rows.${layout.endings[0]!}`;
  describe(`layout ${layout.name}`, () => {
    it('gives back the rows that were written, with their numbers', async () => {
      const files = memoryFiles({ [name]: await writtenFile(layout, rows) });
      const found = await rowsOfFile(layout, dataFile(files, name));
      expect(found.map((row) => ('value' in row ? row.value : row.error))).toEqual(read);
      expect(found.map(({ index }) => index)).toEqual(read.map((_, index) => index));
      const lines = found.map(({ line }) => line);
      expect(lines).toEqual([...lines].sort((a, b) => a - b));
      expect(lines[0]).toBeGreaterThan(0);
      expect(new Set(found.map(({ file }) => file))).toEqual(new Set([`memory:${name}`]));
    });

    it('reads what comes byte by byte, and cannot be read in ranges', async () => {
      const file = inBytes(name, await writtenFile(layout, rows));
      const found = await rowsOfFile(layout, file);
      expect(found.map((row) => 'value' in row && row.value)).toEqual(read);
    });

    it('writes no rows as a file without rows', async () => {
      const files = memoryFiles({ [name]: await writtenFile(layout, []) });
      expect(await rowsOfFile(layout, dataFile(files, name))).toEqual([]);
    });

    it('lets the file go when somebody has enough', async () => {
      const bytes = await writtenFile(layout, rows);
      let closed = 0;
      const file = fileOf(name, {
        stream: async function* () {
          try {
            for (let at = 0; at < bytes.length; at += 7) yield bytes.subarray(at, at + 7);
          } finally {
            closed += 1;
          }
        },
      });
      for await (const row of layout.rows(file, {})) {
        expect('value' in row && row.value).toEqual(read[0]);
        break;
      }
      expect(closed).toBeGreaterThan(0);
    });

    if (cut !== undefined)
      it('says so of a file that breaks off', async () => {
        const bytes = await writtenFile(layout, rows);
        const files = memoryFiles({ [name]: bytes.subarray(0, Math.floor(bytes.length * 0.6)) });
        await expect(rowsOfFile(layout, dataFile(files, name))).rejects.toThrow(cut);
      });
  });
}

import {
  findProblems,
  TunesmithError,
  validateRecord,
  withDefaults,
  type DataRecord,
  type DatasetAdapter,
  type PluginOptions,
} from '@tunesmith/schema';
import { describe, expect, it } from 'vitest';
import { testPlugin } from './test-plugin.ts';

/** What a dataset adapter is tried on. */
export interface DatasetAdapterCases {
  /** Real rows, and the record or records that each becomes; `id` may be left out where the row has none. At least one. */
  readonly rows: readonly {
    readonly row: Record<string, unknown>;
    readonly record: object | readonly object[];
  }[];
  /** Rows that the schema refuses, and a part of the first problem's message. At least one. */
  readonly refused: readonly { readonly row: unknown; readonly message: string }[];
  /** Rows that fit the schema but cannot be used, and a part of the error's message. */
  readonly unusable?: readonly {
    readonly row: Record<string, unknown>;
    readonly message: string;
  }[];
}

/**
 * The suite that every dataset adapter passes, built in or not: a valid manifest, the expected and
 * valid record for each row, the row's own id or the given one, no change to the row, the same record
 * again, a schema that names every key that is used, and a refusal, with what would be accepted, of what it cannot read.
 * Of one that writes: rows that are read as the same records, in JSON and joined where it joins them, and a refusal of
 * records that are of another kind.
 *
 * Call it at the top level of a test file.
 */
export function testDatasetAdapter(adapter: DatasetAdapter, cases: DatasetAdapterCases): void {
  const context = { id: 'rows.jsonl#7' };
  const read = (row: Record<string, unknown>, id = context.id): readonly DataRecord[] =>
    [adapter.convert(row, { id })].flat() as readonly DataRecord[];

  testPlugin({ kind: 'dataset-adapter', value: adapter });
  describe(`dataset adapter ${adapter.name}`, () => {
    it(`reads ${cases.rows.length} rows as expected`, () => {
      expect(cases.rows.length).toBeGreaterThan(0);
      for (const { row, record } of cases.rows) {
        expect(findProblems(adapter.row, row), JSON.stringify(row)).toEqual([]);
        const expected = [record].flat().map((one) => ({ id: context.id, ...one }));
        expect(read(row)).toEqual(expected);
      }
    });

    it('takes its defaults where it is called without options', () => {
      const defaults = withDefaults(adapter.options ?? {}, {}) as PluginOptions;
      for (const { row } of cases.rows)
        expect(adapter.convert(row, context, defaults)).toEqual(adapter.convert(row, context));
    });

    it('makes valid records, each with an id of its own', () => {
      for (const { row } of cases.rows) {
        const records = read(row);
        for (const record of records) validateRecord(record, { package: '@tunesmith/testing' });
        expect(new Set(records.map(({ id }) => id)).size).toBe(records.length);
      }
    });

    it('leaves rows as they are and gives the same records again', () => {
      for (const { row } of cases.rows) {
        const before = structuredClone(row);
        const first = structuredClone(read(row));
        expect(read(row)).toEqual(first);
        expect(row).toEqual(before);
      }
    });

    it("takes ids from the row's own, else from the given one", () => {
      for (const { row } of cases.rows) {
        const { id: _id, ...withoutId } = row;
        const text = JSON.stringify(withoutId);
        const isNamed = (id: string) => {
          const name = id.replace(/\/\d+$/, '');
          return text.includes(JSON.stringify(name)) || text.includes(`:${name},`);
        };
        for (const { id } of read({ ...row, id: 'own' }))
          expect(id.startsWith('own') || isNamed(id), id).toBe(true);
        for (const { id } of read(withoutId))
          expect(id.startsWith(context.id) || isNamed(id), id).toBe(true);
      }
    });

    it('names every key that it uses in its schema; others change nothing but meta', () => {
      const known = adapter.row.properties ?? {};
      for (const { row } of cases.rows) {
        const named = Object.entries(row).filter(
          ([key]) => key === 'meta' || Object.hasOwn(known, key),
        );
        const whole = read(row).map(withoutMeta);
        expect(read(Object.fromEntries(named)).map(withoutMeta), JSON.stringify(row)).toEqual(
          whole,
        );
        for (const record of read({ ...row, 'no-such-column': 'x' })) {
          expect(whole).toContainEqual(withoutMeta(record));
          expect(record.meta?.['row']).toMatchObject({ 'no-such-column': 'x' });
        }
      }
    });

    if (adapter.write) {
      const write = adapter.write.bind(adapter);

      it('writes rows that it reads as the same records', () => {
        const records = cases.rows.flatMap(({ row }, index) => read(row, `rows.jsonl#${index}`));
        const rows: Record<string, unknown>[] = [];
        for (const record of records) {
          const row = write(record, {});
          const last = rows.at(-1);
          const joined = last && adapter.join?.(last, row);
          if (joined) rows[rows.length - 1] = joined;
          else rows.push(row);
        }
        const stored = JSON.parse(JSON.stringify(rows)) as typeof rows;
        const again = stored.flatMap((row, index) => {
          expect(findProblems(adapter.row, row), JSON.stringify(row)).toEqual([]);
          return read(row, `rows.jsonl#${index}`);
        });
        expect(again).toEqual(records);
      });

      it('refuses records of a kind that it has no place for', () => {
        const kinds: DataRecord[] = [
          { id: 'i', instruction: 'Say a', output: 'a' },
          { id: 't', input_ids: [1, 2], labels: [-100, 2] },
        ];
        const outcomes = kinds.map((record) => {
          try {
            return findProblems(adapter.row, write(record, {})).length === 0;
          } catch (error) {
            return TunesmithError.is(error) && error.code === 'unusable-row' ? 'refused' : error;
          }
        });
        expect(outcomes).toContain('refused');
        for (const outcome of outcomes) expect(['refused', true]).toContain(outcome);
      });
    }

    it(`refuses ${cases.refused.length} rows with a reason`, () => {
      expect(cases.refused.length).toBeGreaterThan(0);
      for (const { row, message } of cases.refused) {
        const [problem] = findProblems(adapter.row, row);
        expect(problem?.message, JSON.stringify(row)).toContain(message);
      }
    });

    for (const { row, message } of cases.unusable ?? []) {
      it(`cannot use a row: ${message}`, () => {
        expect(findProblems(adapter.row, row)).toEqual([]);
        expect(() => adapter.convert(row, context)).toThrow(
          expect.objectContaining({
            name: 'TunesmithError',
            message: expect.stringContaining(message) as string,
            accepted: expect.anything() as string,
          }),
        );
      });
    }
  });
}

function withoutMeta(record: DataRecord): object {
  const { meta: _, ...rest } = record;
  return rest;
}

import {
  findProblems,
  validateRecord,
  withDefaults,
  type DatasetAdapter,
  type PluginOptions,
} from '@tunesmith/schema';
import { describe, expect, it } from 'vitest';
import { testPlugin } from './test-plugin.ts';

/** What a dataset adapter is tried on. */
export interface DatasetAdapterCases {
  /** Real rows, and the record that each becomes; `id` may be left out where the row has none. At least one. */
  readonly rows: readonly { readonly row: Record<string, unknown>; readonly record: object }[];
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
 *
 * Call it at the top level of a test file.
 */
export function testDatasetAdapter(adapter: DatasetAdapter, cases: DatasetAdapterCases): void {
  const context = { id: 'rows.jsonl#7' };

  testPlugin({ kind: 'dataset-adapter', value: adapter });
  describe(`dataset adapter ${adapter.name}`, () => {
    it(`reads ${cases.rows.length} rows as expected`, () => {
      expect(cases.rows.length).toBeGreaterThan(0);
      for (const { row, record } of cases.rows) {
        expect(findProblems(adapter.row, row), JSON.stringify(row)).toEqual([]);
        expect(adapter.convert(row, context)).toEqual({ id: context.id, ...record });
      }
    });

    it('takes its defaults where it is called without options', () => {
      const defaults = withDefaults(adapter.options ?? {}, {}) as PluginOptions;
      for (const { row } of cases.rows)
        expect(adapter.convert(row, context, defaults)).toEqual(adapter.convert(row, context));
    });

    it('makes valid records', () => {
      for (const { row } of cases.rows) {
        validateRecord(adapter.convert(row, context), { package: '@tunesmith/testing' });
      }
    });

    it('leaves rows as they are and gives the same record again', () => {
      for (const { row } of cases.rows) {
        const before = structuredClone(row);
        const first = structuredClone(adapter.convert(row, context));
        expect(adapter.convert(row, context)).toEqual(first);
        expect(row).toEqual(before);
      }
    });

    it("takes a row's own id, else the given one", () => {
      for (const { row } of cases.rows) {
        const { id: _id, ...withoutId } = row;
        expect(adapter.convert({ ...row, id: 'own' }, context).id).toBe('own');
        expect(adapter.convert(withoutId, context).id).toBe(context.id);
      }
    });

    it('names every key that it uses in its schema; others change nothing but meta', () => {
      const known = adapter.row.properties ?? {};
      for (const { row, record } of cases.rows) {
        const named = Object.entries(row).filter(
          ([key]) => key === 'meta' || Object.hasOwn(known, key),
        );
        const { meta: _, ...whole } = adapter.convert(row, context);
        const { meta: __, ...part } = adapter.convert(Object.fromEntries(named), context);
        expect(part, JSON.stringify(row)).toEqual(whole);
        const stranger = adapter.convert({ ...row, 'no-such-column': 'x' }, context);
        expect(stranger).toMatchObject(record);
      }
    });

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

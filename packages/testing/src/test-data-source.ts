import { findProblems, validateRecord, type DataRecord, type DataSource } from '@tunesmith/schema';
import { describe, expect, it } from 'vitest';
import { testPlugin } from './test-plugin.ts';

/** What a data source is tried with. */
export interface DataSourceCases {
  /** Options that keep it small; none by default. */
  readonly options?: Record<string, unknown>;
  /** Options that its schema refuses, and a part of the first problem's message. */
  readonly refused?: readonly {
    readonly options: Record<string, unknown>;
    readonly message: string;
  }[];
  /** Splits that may share prompts with others, such as a validation set drawn from the training set. */
  readonly overlapping?: readonly string[];
}

/**
 * The suite that every data source passes, built in or not: a valid manifest; valid records in every split, each id once in
 * the whole source; the same records in the same order for the same seed; no prompt in two splits, so that what is held out
 * is held out; and a refusal of options that it does not know.
 *
 * Call it at the top level of a test file. Every split is read to its end: give options that keep it small.
 */
export function testDataSource(source: DataSource, cases: DataSourceCases = {}): void {
  const { options = {}, refused = [], overlapping = [] } = cases;
  const read = async (split: string, seed = 0): Promise<DataRecord[]> => {
    const records: DataRecord[] = [];
    for await (const record of source.records({ split, seed, options })) records.push(record);
    return records;
  };

  testPlugin({ kind: 'data-source', value: source });
  describe(`data source ${source.name}`, () => {
    it('has splits', () => {
      expect(source.splits.length).toBeGreaterThan(0);
      expect(new Set(source.splits).size).toBe(source.splits.length);
    });

    it('makes valid records in every split, each id once', async () => {
      const seen = new Set<string>();
      for (const split of source.splits) {
        const records = await read(split);
        expect(records.length, `records of ${split}`).toBeGreaterThan(0);
        for (const record of records) {
          validateRecord(record, { package: '@tunesmith/testing' });
          expect(seen, `ids before ${split}`).not.toContain(record.id);
          seen.add(record.id);
        }
      }
    });

    it('gives the same records in the same order for the same seed', async () => {
      for (const split of source.splits) expect(await read(split, 7)).toEqual(await read(split, 7));
    });

    it('asks nothing in two splits', async () => {
      const splitOf = new Map<string, string>();
      for (const split of source.splits.filter((name) => !overlapping.includes(name))) {
        for (const record of await read(split)) {
          const prompt = promptOf(record);
          expect([prompt, splitOf.get(prompt) ?? split]).toEqual([prompt, split]);
          splitOf.set(prompt, split);
        }
      }
    });

    it('refuses a split it does not have, or has nothing in it', async () => {
      const records = await read('no-such-split').catch(() => []);
      expect(records).toEqual([]);
    });

    it('takes the options it is given, and refuses others', () => {
      const schema = source.options ?? { type: 'object', additionalProperties: false };
      expect(findProblems(schema, options)).toEqual([]);
      for (const { options: bad, message } of refused)
        expect(findProblems(schema, bad)[0]?.message, JSON.stringify(bad)).toContain(message);
    });
  });
}

/** What a record asks: everything but its last, supervised part. */
function promptOf(record: DataRecord): string {
  if ('messages' in record) return JSON.stringify(record.messages.slice(0, -1));
  if ('input_ids' in record)
    return record.input_ids.filter((_, i) => record.labels[i] === -100).join(' ');
  return JSON.stringify([record.instruction, record.input ?? '']);
}

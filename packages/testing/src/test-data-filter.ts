import {
  findProblems,
  validateRecord,
  withDefaults,
  type DataFilter,
  type DataRecord,
  type FilterContext,
  type FilterVerdict,
  type PluginOptions,
} from '@tunesmith/schema';
import { describe, expect, it } from 'vitest';
import { testPlugin } from './test-plugin.ts';

/** Records, and which of them a filter keeps. */
export interface DataFilterCase {
  /** Options besides the defaults. */
  readonly options?: Record<string, unknown>;
  readonly records: readonly DataRecord[];
  /** The ids of those that stay, in order. */
  readonly kept: readonly string[];
  /** Why the others leave, each reason once, in the order that they first leave for it. */
  readonly reasons?: readonly string[];
}

/** What a data filter is tried with. */
export interface DataFilterCases {
  /** At least one that something leaves in or changes. */
  readonly cases: readonly DataFilterCase[];
  /** Options that it refuses, and a part of the message. */
  readonly refused?: readonly {
    readonly options: Record<string, unknown>;
    readonly message: string;
  }[];
  /** Options that are needed where it has no defaults for them. */
  readonly options?: Record<string, unknown>;
  /** What it asks for. */
  readonly context?: Partial<FilterContext>;
}

const kinds: readonly DataRecord[] = [
  { id: 'instance', instruction: 'Name a color', input: 'of the sky', output: 'Blue' },
  {
    id: 'conversation',
    messages: [
      { role: 'user', content: [{ type: 'text', text: 'And at night?' }] },
      { role: 'assistant', content: 'Black' },
    ],
  },
  { id: 'empty', instruction: 'Wait', output: '' },
  { id: 'awkward', instruction: '北京 👍🏽 $& \\1', output: '\n\t{{ x }} <|im_end|>' },
  { id: 'tokens', input_ids: [1, 2, 3], labels: [-100, 2, 3] },
];

/**
 * The suite that every data filter passes, built in or not: a valid manifest; one verdict for each record, in their order, whatever
 * the kind of record; valid records with their ids; records and options left as they are; the same verdicts again, and in a second
 * pass nothing remembered of the first; reasons that are words and name no row; known verdicts; a refusal of wrong options.
 *
 * Call it at the top level of a test file.
 */
export function testDataFilter(filter: DataFilter, tried: DataFilterCases): void {
  const { cases, refused = [], context: given = {} } = tried;
  const context = { ...nothing, ...given } as FilterContext;
  const judge = async (
    records: readonly DataRecord[],
    options: Record<string, unknown> = {},
  ): Promise<FilterVerdict[]> => {
    const whole = { ...tried.options, ...options };
    const settled = withDefaults(filter.options ?? {}, whole) as PluginOptions;
    expect(filter.options ? findProblems(filter.options, settled) : []).toEqual([]);
    filter.check?.(settled);
    const verdicts: FilterVerdict[] = [];
    for await (const verdict of filter.judge(stream(records), context, settled))
      verdicts.push(verdict);
    return verdicts;
  };

  testPlugin({ kind: 'data-filter', value: filter });
  describe(`data filter ${filter.name}`, () => {
    it('gives one verdict for each record of any kind, in their order', async () => {
      const before = structuredClone(kinds);
      const verdicts = await judge(kinds);
      expect(verdicts.map(({ record }) => record.id)).toEqual(kinds.map(({ id }) => id));
      for (const { record } of verdicts) validateRecord(record, { package: '@tunesmith/testing' });
      expect(kinds).toEqual(before);
    });

    it('has no verdict where there is no record', async () => {
      expect(await judge([])).toEqual([]);
    });

    it('gives the same verdicts again', async () => {
      for (const { records, options } of [{ records: kinds, options: {} }, ...cases])
        expect(await judge(records, options)).toEqual(await judge(records, options));
    });

    it(`keeps what is known in ${cases.length} cases`, async () => {
      expect(cases.length).toBeGreaterThan(0);
      for (const { records, options, kept, reasons } of cases) {
        const verdicts = await judge(records, options);
        const staying = verdicts.filter(({ dropped }) => dropped === undefined);
        expect(staying.map(({ record }) => record.id)).toEqual(kept);
        const told = verdicts.flatMap(({ dropped }) => dropped ?? []);
        if (reasons) expect([...new Set(told)]).toEqual(reasons);
        for (const reason of told) expect(reason).toMatch(/\S/);
      }
    });

    it('refuses wrong options before any work', () => {
      const schema = filter.options ?? { type: 'object', additionalProperties: false };
      expect(findProblems(schema, { ...tried.options, 'no such option': 1 })).not.toEqual([]);
      for (const { options, message } of refused) {
        const [problem] = findProblems(schema, { ...tried.options, ...options });
        const check = (): void => {
          if (problem) throw new Error(problem.message);
          filter.check?.(withDefaults(schema, { ...tried.options, ...options }) as PluginOptions);
        };
        expect(check, JSON.stringify(options)).toThrow(message);
      }
    });
  });
}

async function* stream(records: readonly DataRecord[]): AsyncGenerator<DataRecord> {
  for (const record of records) yield record;
}

const refuse = (): never => {
  throw new Error('the case gives the filter nothing to ask');
};

const nothing: FilterContext = {
  seed: 0,
  heldOut: [],
  readRecords: refuse,
  scoringModel: refuse,
  chatModel: refuse,
};

import { TunesmithError, type DataRecord } from '@tunesmith/schema';
import type { Objective } from '../objectives/objective.ts';
import type { Example } from './rows.ts';
import type { Noticed } from './tokenize.ts';

/** A record as an example, or why it is left out: what the template says against it; neither where it hides the answer. */
export interface Encoding<E extends Example = Example> {
  readonly example?: E & Noticed;
  readonly refusal?: string;
}

/** A record and what became of it. */
export interface EncodedRecord {
  readonly record: DataRecord;
  readonly encoding: Encoding;
  /** Gives the example again, from wherever it is kept. */
  load(): Example;
}

/**
 * Makes examples of records, in their order: here, in other threads, or out of what an earlier run left. What comes out is the
 * same everywhere.
 */
export type EncodeRecords = (
  records: Iterable<DataRecord> | AsyncIterable<DataRecord>,
) => AsyncIterable<EncodedRecord>;

/** What a template does with single examples; they are left out. Anything else is wrong with all of them and ends the run. */
const refusals = new Set(['chat-template-failed', 'unsupported-character']);

/**
 * Turns a record into an example.
 *
 * @throws TunesmithError what the objective throws, but for what only leaves this record out
 */
export function encodeRecord<E extends Example>(
  record: DataRecord,
  objective: Pick<Objective<E>, 'tokenize'>,
): Encoding<E> {
  try {
    return { example: objective.tokenize(record) };
  } catch (error) {
    if (!TunesmithError.is(error)) throw error;
    if (error.code === 'assistant-turn-not-found') return {};
    if (refusals.has(error.code)) return { refusal: error.problems[0] ?? error.message };
    throw error;
  }
}

/** Makes examples in this thread and keeps them in memory. */
export function encodeHere(objective: Pick<Objective, 'tokenize'>): EncodeRecords {
  return async function* encode(records) {
    // A weight repeats the same record: it is tokenized once.
    const known = new WeakMap<DataRecord, Encoding>();
    for await (const record of records) {
      const encoding = known.get(record) ?? encodeRecord(record, objective);
      known.set(record, encoding);
      yield { record, encoding, load: () => encoding.example! };
    }
  };
}

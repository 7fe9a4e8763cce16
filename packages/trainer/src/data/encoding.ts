import { TunesmithError, type DataRecord, type GrowingList } from '@tunesmith/schema';
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
  /** Where the encoder has it. */
  readonly place: number;
}

/**
 * Makes examples of records and keeps them: here, in other threads, or out of what an earlier run left. What comes out is the
 * same everywhere.
 */
export interface RecordEncoder {
  /** Examples of records, in their order. */
  encode(records: Iterable<DataRecord> | AsyncIterable<DataRecord>): AsyncIterable<EncodedRecord>;
  /** What was made, again, from wherever it is kept. */
  at(place: number): Encoding;
}

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

/**
 * Makes examples in this thread.
 *
 * @param kept where they are kept; in memory by default
 */
export function encodeHere(
  objective: Pick<Objective, 'tokenize'>,
  kept: GrowingList<Encoding> = [],
): RecordEncoder {
  return {
    async *encode(records) {
      // A weight repeats the same record: it is tokenized once.
      const known = new WeakMap<DataRecord, number>();
      for await (const record of records) {
        const place = known.get(record) ?? kept.length;
        const encoding = place < kept.length ? kept.at(place)! : encodeRecord(record, objective);
        if (place === kept.length) {
          kept.push(encoding);
          known.set(record, place);
        }
        yield { record, encoding, place };
      }
    },
    at: (place) => kept.at(place)!,
  };
}

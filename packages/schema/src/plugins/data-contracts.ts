import type { Message } from '../records/conversation.ts';
import type { DataRecord } from '../records/data-record.ts';
import type { Instance } from '../records/instance.ts';
import type { JSONSchema } from '../validation/json-schema.ts';
import type { Reference } from './reference.ts';

/** Reads one row format: checks a row against `row` and turns it into a record. */
export interface DatasetAdapter {
  specVersion: 1;
  name: string;
  /** One sentence: which rows it reads, and where they are used. */
  description: string;
  /**
   * JSON Schema of a row; the reader checks each row before `convert`. Its `properties` name every key that `convert`
   * uses: the reader takes a null or an empty cell of an optional one for absence, and reports keys that are not among
   * them.
   */
  row: JSONSchema;
  /** One valid row as a record. Pure. `id` is unique within the file and used where the row has none. */
  convert(row: Record<string, unknown>, context: { id: string }): DataRecord;
}

/** Data made by code instead of read from a file: a package's annotated data, a generator. */
export interface DataSource {
  specVersion: 1;
  name: string;
  /** One sentence: what the data is. */
  description: string;
  /** The license of the data, as an SPDX name where there is one. */
  license?: string;
  /** JSON Schema of the options that a recipe may give. */
  options?: JSONSchema;
  /** The splits it has, such as `train` and `heldout`. */
  splits: readonly string[];
  /** The records of one split, the same ones in the same order for the same options and seed. */
  records(request: {
    split: string;
    seed: number;
    options: Record<string, unknown>;
  }): AsyncIterable<DataRecord> | Iterable<DataRecord>;
}

/**
 * Phrases one exchange as a conversation: a user turn, then the assistant turn to learn. The system prompt and the
 * history of an instance are no concern of it: `phrase` puts them before, each exchange phrased by the template.
 */
export interface PromptTemplate {
  specVersion: 1;
  name: string;
  /** One sentence, for lists. */
  description?: string;
  /** The messages of instruction, input and output; the last one is the assistant's answer. Pure. */
  messages(instance: Instance): Message[];
}

/** Scores one prediction against its references. The harness aggregates, with a confidence interval. */
export interface Metric {
  specVersion: 1;
  name: string;
  /** Raised whenever the same texts would score otherwise. */
  version: number;
  /** One sentence, for lists. */
  description?: string;
  /** Smallest and largest score. */
  range: [number, number];
  higherIsBetter: boolean;
  reference?: Reference;
  score(prediction: string, references: readonly string[]): number;
}

/** A set of instances and the way to measure a model on them. */
export interface EvaluationTask {
  specVersion: 1;
  name: string;
  cluster?: string;
  /** `generate`: write the answer and score it; `rank`: choose among `meta.choices`; `loss`: likelihood of the answer. */
  kind: 'generate' | 'rank' | 'loss';
  /** Metrics of generated answers. */
  metrics?: string[];
  instances(): AsyncIterable<Instance> | Iterable<Instance>;
}

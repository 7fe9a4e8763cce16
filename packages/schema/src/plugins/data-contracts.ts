import type { Message } from '../records/conversation.ts';
import type { DataRecord } from '../records/data-record.ts';
import type { Instance } from '../records/instance.ts';
import type { JSONSchema } from '../validation/json-schema.ts';
import type { PluginContract, PluginOptions } from './contract.ts';
import type { Mention } from './mention.ts';

// Functions get complete options where a recipe mentions the plugin; a program that calls one itself may leave them out, and the
// defaults apply.

/** Reads one row format: checks a row against `row` and turns it into a record. */
export interface DatasetAdapter extends PluginContract {
  readonly specVersion: 2;
  /**
   * JSON Schema of a row; the reader checks each row before `convert`. Its `properties` name every key that `convert`
   * uses: the reader takes a null or an empty cell of an optional one for absence, and reports keys that are not among
   * them.
   */
  readonly row: JSONSchema;
  /** One valid row as a record. Pure. `id` is unique within the file and used where the row has none. */
  convert(
    row: Record<string, unknown>,
    context: { id: string },
    options?: PluginOptions,
  ): DataRecord;
}

/** Data made by code instead of read from a file: a package's annotated data, a generator. */
export interface DataSource extends PluginContract {
  readonly specVersion: 2;
  /** The license of the data, as an SPDX name where there is one. */
  readonly license?: string;
  /** The splits it has, such as `train` and `heldout`. */
  readonly splits: readonly string[];
  /** The records of one split, the same ones in the same order for the same options and seed. */
  records(request: {
    split: string;
    seed: number;
    options: PluginOptions;
  }): AsyncIterable<DataRecord> | Iterable<DataRecord>;
}

/**
 * Phrases one exchange as a conversation: a user turn, then the assistant turn to learn. The system prompt and the
 * history of an instance are no concern of it: `phrase` puts them before, each exchange phrased by the template.
 */
export interface PromptTemplate extends PluginContract {
  readonly specVersion: 2;
  /** The messages of instruction, input and output; the last one is the assistant's answer. Pure. */
  messages(instance: Instance, options?: PluginOptions): Message[];
  /**
   * Every way to write the answer that the instance's output stands for, the one of `messages` first; absent where that is the
   * only one. Pure.
   */
  answers?(instance: Instance, options?: PluginOptions): readonly string[];
  /** The closed set of outputs that it takes, in order: the choices of an instance that names none. Absent where any will do. Pure. */
  labels?(options?: PluginOptions): readonly string[];
  /** What it writes in the place where the answer is to be guessed: the mask token of a masked model. Absent where it has none. Pure. */
  gap?(options?: PluginOptions): string | undefined;
  /** Throws what is wrong with options besides what their schema says, before any work is done. */
  check?(options?: PluginOptions): void;
  /**
   * Options whose value a recipe may name by the path of a JSON file that holds it, ending in `.json`: the function throws what is
   * wrong with the content, naming the file.
   */
  readonly files?: Readonly<Record<string, (content: unknown, file: string) => void>>;
}

/** Scores one prediction against its references. The harness aggregates, with a confidence interval. */
export interface Metric extends PluginContract {
  readonly specVersion: 2;
  /** Raised whenever the same texts would score otherwise. */
  readonly version: number;
  /** Smallest and largest score. */
  readonly range: [number, number];
  readonly higherIsBetter: boolean;
  score(prediction: string, references: readonly string[], options?: PluginOptions): number;
}

/** A set of instances and the way to measure a model on them. */
export interface EvaluationTask extends PluginContract {
  readonly specVersion: 2;
  readonly cluster?: string;
  /**
   * `generate`: write the answer and score it; `rank`: choose among `meta.choices`; `loss`: likelihood of the answer; `objective`:
   * what the run's objective says, of models that write no text.
   */
  readonly kind: 'generate' | 'rank' | 'loss' | 'objective';
  /** Metrics of generated answers. */
  readonly metrics?: readonly Mention[];
  instances(options?: PluginOptions): AsyncIterable<Instance> | Iterable<Instance>;
}

import type { Message } from '../records/conversation.ts';
import type { DataRecord } from '../records/data-record.ts';
import type { Instance } from '../records/instance.ts';
import type { JSONSchema } from '../validation/json-schema.ts';
import type { PluginContract, PluginOptions } from './contract.ts';
import type { Mention } from './mention.ts';

// Functions get complete options where a recipe mentions the plugin; a program that calls one itself may leave them out, and the
// defaults apply.

/** What `convert` knows besides the row. */
export interface RowContext {
  /** Unique within the file: the id of a record whose row has none, and what the ids of several records begin with. */
  readonly id: string;
  /** Hears what of the row is not in the records, or is odd; with a code it is said aloud. The same words for the same reason. */
  readonly note?: (reason: string, code?: string) => void;
}

/** What `write` knows besides the record. */
export interface WriteContext {
  /** Phrases instances where the format has turns. */
  readonly template?: PromptTemplate;
  /** Hears what of the record is not in the row. The same words for the same reason. */
  readonly note?: (reason: string) => void;
}

/** Reads, and where it can writes, one row format: checks a row against `row` and turns it into records. */
export interface DatasetAdapter extends PluginContract {
  readonly specVersion: 2;
  /**
   * JSON Schema of a row; the reader checks each row before `convert`. Its `properties` name every key that `convert`
   * uses: the reader takes a null or an empty cell of an optional one for absence, and reports keys that are not among
   * them.
   */
  readonly row: JSONSchema;
  /**
   * Names of adapters that would read its rows as well, but as something else or as less: where this one fits, it is chosen
   * over them.
   */
  readonly over?: readonly string[];
  /** Keys that its rows may lack and that tell them: it is tried where one of the rows has one of them. */
  readonly marks?: readonly string[];
  /** Its rows lack what would tell them from others, so that it reads those alone that are said to be its. */
  readonly named?: boolean;
  /** Its keys stand in many other rows too: it is found where the rows have no others but `id` and `meta`, else only named. */
  readonly alone?: boolean;
  /** Names of the columns of its tables, which have no line of names. */
  readonly columns?: readonly string[];
  /** Another shape of its rows: smaller ones of which those that follow one another and share a key make one row. */
  readonly pieces?: {
    /** JSON Schema of one of them. */
    readonly row: JSONSchema;
    /** The key that they share. */
    readonly by: string;
    /**
     * The row that they make. Pure.
     *
     * @throws TunesmithError `unusable-row` where they make none
     */
    join(pieces: readonly Record<string, unknown>[]): Record<string, unknown>;
  };
  /** A `.json` file holds one row, not a list of rows. */
  readonly document?: boolean;
  /** One valid row as a record, or as several. Pure. */
  convert(
    row: Record<string, unknown>,
    context: RowContext,
    options?: PluginOptions,
  ): DataRecord | readonly DataRecord[];
  /**
   * A record as a row, which `convert` reads as the same record. Pure.
   *
   * @throws TunesmithError `unusable-row` where the format cannot hold the record; what it can do without is noted
   */
  write?(
    record: DataRecord,
    context: WriteContext,
    options?: PluginOptions,
  ): Record<string, unknown>;
  /** Two rows of `write`, one after the other, as one row; undefined where they stay two. It may change the earlier one. */
  join?(
    earlier: Record<string, unknown>,
    later: Record<string, unknown>,
  ): Record<string, unknown> | undefined;
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

import type { Hooks, Model, Tokenizer } from '@tunesmith/models';
import type { TensorMap, tf } from '@tunesmith/runtime';
import { definePluginKind } from '@tunesmith/schema';
import type { DataRecord, PluginContract, PluginOptions, PromptTemplate } from '@tunesmith/schema';
import type { BatchShape, MicroBatch, Normalizers } from '../data/collate.ts';
import type { VirtualTokenCounts } from '../data/documents.ts';
import type { PreviewSegment } from '../data/preview.ts';
import type { Example, ExampleSize, Row, RowLengths } from '../data/rows.ts';
import type { Noticed } from '../data/tokenize.ts';

/** What an objective is made for. */
export interface ObjectiveContext {
  readonly model: Pick<Model, 'spec' | 'architecture'>;
  /** Needed for records that are text. */
  readonly tokenizer?: Tokenizer;
  /** Turns instances into conversations; needed for records that are instances. */
  readonly template?: PromptTemplate;
  /** Longest row in tokens, slots of virtual tokens included. */
  readonly maximumLength: number;
  /** Virtual tokens that rows must make room for. */
  readonly virtualTokens: VirtualTokenCounts;
}

/** What belongs to the rows of one batch besides their content. */
export interface BatchDraw {
  /** False where the batch is measured: nothing is disturbed, and what must be drawn is drawn alike each time. */
  readonly training: boolean;
  /** A 32-bit seed for each row, a new one each time the row is trained on. */
  readonly seeds: readonly number[];
}

/** A model as the step runs it. */
export interface LossScope {
  /** The model's tensors, by name. */
  readonly parameters: TensorMap;
  readonly hooks: Hooks;
  readonly training: boolean;
  /** int32 scalar that changes every micro-batch; present in training. */
  readonly seed?: tf.Tensor;
  /** Whether the base model's own dropout acts; only where there is a seed. */
  readonly baseDropout?: boolean;
}

/** The loss of a batch. */
export interface BatchLoss {
  /** `Σ wᵢ · lossᵢ` with the batch's `weights`. */
  readonly loss: tf.Scalar;
  /** What is counted along, by the names of {@link Objective.sums}: sums over what has a weight, however large that is. */
  readonly sums: Readonly<Record<string, tf.Scalar>>;
}

/** How an objective that chooses among answers tells how likely each of them is. */
export interface Scoring<E extends Example = Example> {
  /** What is chosen from: the answers of each record's `meta.choices`, or the labels of the model. */
  readonly over: 'choices' | 'labels';
  /** What is chosen from, in the order of the scores. */
  answers(record: DataRecord): readonly string[];
  /** The number of the record's right answer; −1 where it has none. */
  right(record: DataRecord): number;
  /** A record as an example whose right answer nobody needs to know. */
  tokenize(record: DataRecord): E & Noticed;
  /**
   * The log-likelihood of every answer in a batch that `collate` made, one record's after the other's, each but for a constant of
   * its record; what room is left comes last. Written in tensor operations.
   */
  scores(batch: TensorMap, scope: LossScope): tf.Tensor;
}

/**
 * What a run learns: how a record becomes an example, how examples become rows, how rows become feeds of static shape,
 * and what the loss of a batch is. The runner, accumulation, checkpoints and optimizers know none of this.
 *
 * All functions are pure. `loss` is written in tensor operations and is compiled into the step.
 */
export interface Objective<E extends Example = Example, R extends Row = Row> {
  /** Whether examples may share a row; where not, every example has its own. */
  readonly packs: boolean;
  /** The longest documents, slots included. Rows are as long, and longer only where one example needs it. */
  readonly lengths: RowLengths;
  /** Virtual tokens that rows make room for. */
  readonly virtualTokens: VirtualTokenCounts;
  /** What the loss is a mean over. */
  readonly unit: 'token' | 'example';
  /** The sums that `loss` gives, each with the name under which its mean over the normalizer is reported. */
  readonly sums: Readonly<Record<string, string>>;
  /** Of sums whose means are over further weights of a batch: the name of that feed. */
  readonly over?: Readonly<Record<string, string>>;
  /** Turns a record into an example and says what was noticed on the way. */
  tokenize(record: DataRecord): E & Noticed;
  /** What the example takes of a row. */
  size(example: E): ExampleSize;
  /** One row of the examples, in their order. */
  row(examples: readonly E[], lengths: RowLengths): R;
  /** One batch of at most `shape.rows` rows; what is left is padding and carries no loss. */
  collate(rows: readonly R[], shape: BatchShape, draw: BatchDraw): MicroBatch;
  /** The loss of a batch that `collate` made. */
  loss(batch: TensorMap, scope: LossScope): BatchLoss;
  /** How likely each answer is; absent where the objective does not choose among answers. */
  readonly scoring?: Scoring<E>;
  /** Where examples belong to classes: what the model says of them, for scores of each class. */
  readonly classes?: ObjectiveClasses<E>;
  /** Each document of a row in readable pieces, and which of them are learned. */
  preview(row: R, decode: (ids: number[]) => string): readonly (readonly PreviewSegment[])[];
}

/** The classes that examples of an objective belong to. */
export interface ObjectiveClasses<E extends Example = Example> {
  readonly names: readonly string[];
  /** Numbers of the right classes of an example. */
  of(example: E): readonly number[];
  /** `[n, classes]`: 1 for each class that the model names of an example of a batch, else 0. */
  predict(batch: TensorMap, scope: LossScope): tf.Tensor;
}

/** A named objective: a plugin value. */
export interface ObjectivePlugin extends PluginContract {
  readonly specVersion: 2;
  create(options: PluginOptions, context: ObjectiveContext): Objective;
}

declare module '@tunesmith/schema' {
  interface PluginContracts {
    objective: ObjectivePlugin;
  }
}

/** What an {@link ObjectivePlugin} must have. */
export const objectiveKind = definePluginKind({
  kind: 'objective',
  package: '@tunesmith/trainer',
  specVersion: 2,
  functions: ['create'],
});

/**
 * An objective's sums as means over their normalizers, by the names under which they are reported; those of which nothing was
 * counted are left out.
 */
export function meansOf(
  objective: Pick<Objective, 'sums' | 'over'>,
  sums: Readonly<Record<string, number>>,
  normalizers: Normalizers,
): Record<string, number> {
  return Object.fromEntries(
    Object.entries(objective.sums).flatMap(([sum, reported]) => {
      const count = countOf(objective, sum, normalizers);
      return count === 0 ? [] : [[reported, (sums[sum] ?? NaN) / count]];
    }),
  );
}

/** What the mean of one of an objective's sums is taken over. */
export function countOf(
  { over = {} }: Pick<Objective, 'over'>,
  sum: string,
  normalizers: Normalizers,
): number {
  return normalizers[over[sum] ?? 'weights'] ?? NaN;
}

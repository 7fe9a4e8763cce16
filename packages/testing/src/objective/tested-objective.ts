import type { Hooks, Model, Tokenizer } from '@tunesmith/models';
import type { HostTensor, TensorMap, tf } from '@tunesmith/runtime';
import type { DataRecord, PluginContract, PromptTemplate } from '@tunesmith/schema';

/** The length of a row, and of the encoder's row where there is one. */
export interface TestedLengths {
  readonly tokens: number;
  readonly sourceTokens?: number;
}

/** The room of a batch. */
export interface TestedShape extends TestedLengths {
  readonly rows: number;
  readonly supervised: number;
  readonly places?: Readonly<Record<string, number>>;
  readonly packed: boolean;
}

/** What rows become: feeds, and what the loss is divided by. */
export interface TestedBatch {
  readonly feeds: Readonly<Record<string, HostTensor>>;
  readonly normalizer: number;
  readonly further?: Readonly<Record<string, number>>;
  readonly supervised: number;
  readonly tokens: number;
}

/** What the suite needs of an objective: `ObjectivePlugin` of `@tunesmith/trainer` fits. */
export interface TestedObjective extends PluginContract {
  create(
    options: Readonly<Record<string, unknown>>,
    context: {
      readonly model: Pick<Model, 'spec' | 'architecture'>;
      readonly tokenizer?: Tokenizer;
      readonly template?: PromptTemplate;
      readonly maximumLength: number;
      readonly virtualTokens: { readonly input: number; readonly keys: number };
    },
  ): {
    readonly packs: boolean;
    readonly sums: Readonly<Record<string, string>>;
    tokenize(record: DataRecord): unknown;
    size(example: unknown): TestedLengths & {
      readonly supervised: number;
      readonly places?: Readonly<Record<string, number>>;
    };
    row(examples: readonly unknown[], lengths: TestedLengths): unknown;
    collate(
      rows: readonly unknown[],
      shape: TestedShape,
      draw: { readonly training: boolean; readonly seeds: readonly number[] },
    ): TestedBatch;
    loss(
      batch: TensorMap,
      scope: { readonly parameters: TensorMap; readonly hooks: Hooks; readonly training: boolean },
    ): { readonly loss: tf.Scalar; readonly sums: Readonly<Record<string, tf.Scalar>> };
    preview(
      row: unknown,
      decode: (ids: number[]) => string,
    ): readonly (readonly { readonly supervised: boolean }[])[];
  };
}

/** What an objective is tried with. */
export interface ObjectiveCase {
  /** Every option; defaults are not filled in. */
  readonly options: Readonly<Record<string, unknown>>;
  /** A small model of a kind that the objective trains. */
  readonly model: Model;
  readonly tokenizer?: Tokenizer;
  readonly template?: PromptTemplate;
  /** At least three records of different lengths. Where examples are drawn anew each time, such as leave nothing to draw. */
  readonly records: readonly DataRecord[];
}

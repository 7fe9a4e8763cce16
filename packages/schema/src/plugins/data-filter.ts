import type { DataRecord } from '../records/data-record.ts';
import type { Listed } from '../records/listed.ts';
import type { ChatModel } from './chat-model.ts';
import type { PluginContract, PluginOptions } from './contract.ts';
import { definePluginKind } from './kind.ts';
import type { Mention } from './mention.ts';

/** What a filter says of one record. */
export interface FilterVerdict {
  /** The record as it goes on, changed where the filter changes records; as it came where it leaves. */
  readonly record: DataRecord;
  /** Why it leaves, in the same words each time; absent where it stays. */
  readonly dropped?: string;
  /** What was done to it or noticed about it, in the same words each time. */
  readonly noted?: readonly string[];
  /** What a list of dropped records says of it besides: a score, the record that it resembles. */
  readonly detail?: Readonly<Record<string, unknown>>;
}

/** A text that is scored: what stands before it, and what is to be predicted. */
export interface ScoredText {
  /** May be empty. */
  readonly context: string;
  readonly text: string;
}

/** How well a model predicts a text. */
export interface TextLoss {
  /** Mean negative log-likelihood of the tokens that are predicted, in nats; NaN where there are none. */
  readonly loss: number;
  /** How many are predicted: those of the text, but for its first where nothing stands before it. */
  readonly tokens: number;
}

/** A model of ours as filters use it. */
export interface ScoringModel {
  /** What reports call it. */
  readonly name: string;
  /** How well it predicts each text after its context; contexts that are too long lose their beginning. */
  losses(texts: readonly ScoredText[]): Promise<readonly TextLoss[]>;
  /** The mean of each text's last hidden states, as a vector of length 1. */
  embeddings(texts: readonly string[]): Promise<readonly Float32Array[]>;
}

/** What a filter may ask for besides the records. */
export interface FilterContext {
  /** Whatever is drawn is drawn from it. */
  readonly seed: number;
  /** What will be measured, where it is known: the held-out records of a recipe. */
  readonly heldOut: Listed<DataRecord>;
  /** The records of a data file, in any format that a recipe may name. */
  readRecords(path: string): AsyncIterable<DataRecord>;
  /** A model folder or name as a recipe's `model.from`; opened once, closed by who made the context. */
  scoringModel(from: string): Promise<ScoringModel>;
  /** A language model that answers; opened once, closed by who made the context. */
  chatModel(mention: Mention): Promise<ChatModel>;
}

/**
 * Decides which records stay, and may change those that do: cleaning, redacting, scoring, choosing.
 *
 * A filter gives one verdict for each record, in their order. It opens what it needs before it asks for the first record, so that
 * in a chain everything is open, or refused, before any record is read.
 */
export interface DataFilter extends PluginContract {
  readonly specVersion: 2;
  /** Verdicts as records come; one that compares all of them gives its verdicts once it has seen the last. */
  judge(
    records: AsyncIterable<DataRecord>,
    context: FilterContext,
    options?: PluginOptions,
  ): AsyncIterable<FilterVerdict>;
  /** Throws what is wrong with options besides what their schema says, before any work is done. */
  check?(options?: PluginOptions): void;
}

/** What a {@link DataFilter} must have. */
export const dataFilterKind = definePluginKind({
  kind: 'data-filter',
  package: '@tunesmith/schema',
  specVersion: 2,
  functions: ['judge'],
  optionalFunctions: ['check'],
});

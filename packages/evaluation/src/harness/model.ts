import type { Instance } from '@tunesmith/schema';

/** What a model may read of a record besides its text. */
export type MeasuredRecord = Pick<Instance, 'id' | 'meta'>;

/** Tokens to condition on, and tokens whose probability is asked for. */
export interface LikelihoodRequest {
  readonly context: readonly number[];
  readonly continuation: readonly number[];
  /** Tokens that are read in the continuation's places, where they are others. */
  readonly read?: readonly number[];
  /** The record that it is of: methods may read more of it than its text. */
  readonly record?: MeasuredRecord;
}

/** How likely a continuation is. */
export interface Likelihood {
  /** `Σ log p(token | all before it)` over the continuation, in nats. */
  readonly sum: number;
  /** Tokens of the continuation. */
  readonly tokens: number;
  /** How many tokens of the continuation are the model's most likely choice where they stand. */
  readonly correct: number;
}

/** What an objective says of an instance. */
export interface ObjectiveMeasurement {
  /** By measure, what the instance adds: `loss`, and what the objective counts along. */
  readonly observations: Readonly<
    Record<string, { readonly total: number; readonly weight: number }>
  >;
  /** Of objectives with classes: those that the model names, and the right ones. */
  readonly classes?: { readonly named: readonly string[]; readonly right: readonly string[] };
}

/** The objective by which a model is measured that writes no text. */
export interface MeasuringObjective {
  /** Names of what it says of instances besides `loss`, each a share of what was right or, below, an error. */
  readonly measures: Readonly<Record<string, { readonly higherIsBetter: boolean }>>;
  /** Names of the classes that instances belong to, where there are any. */
  readonly classes: readonly string[];
  measure(
    instances: readonly MeasuredRecord[],
    options: { signal?: AbortSignal },
  ): Promise<readonly ObjectiveMeasurement[]>;
}

/** What the harness asks of a model; a `LanguageModel` of `@tunesmith/models` is one. */
export interface EvaluatedModel {
  /** What tasks of kind `objective` are measured by; absent for a model that writes text. */
  readonly objective?: MeasuringObjective;
  logLikelihoods(
    requests: readonly LikelihoodRequest[],
    options: { signal?: AbortSignal },
  ): Promise<readonly Likelihood[]>;
  /** Greedy answers to prompts of token ids, up to one of `stopIds` or the model's own end, or `maximumTokens` long. */
  generate(
    prompts: readonly (readonly number[])[],
    options: {
      maximumTokens: number;
      stopIds: readonly number[];
      /** The record of each prompt. */
      records?: readonly MeasuredRecord[];
      signal?: AbortSignal;
    },
  ): Promise<readonly { readonly text: string }[]>;
}

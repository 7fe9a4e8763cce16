/** Tokens to condition on, and tokens whose probability is asked for. */
export interface LikelihoodRequest {
  readonly context: readonly number[];
  readonly continuation: readonly number[];
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

/** What the harness asks of a model; a `LanguageModel` of `@tunesmith/models` is one. */
export interface EvaluatedModel {
  logLikelihoods(requests: readonly LikelihoodRequest[]): Promise<readonly Likelihood[]>;
  /** Greedy answers to prompts of token ids, without the end-of-turn token, at most `maxNewTokens` long. */
  generate(
    prompts: readonly (readonly number[])[],
    options: { maxNewTokens: number; signal?: AbortSignal },
  ): Promise<readonly { readonly text: string }[]>;
}

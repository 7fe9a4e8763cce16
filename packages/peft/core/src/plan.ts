import type { RecordInput } from '@tunesmith/models';
import type { HostTensor } from '@tunesmith/runtime';

/**
 * How a new tensor gets its first values. Every kind is drawn from the seed and the tensor's name alone, so the values
 * do not depend on the order of the plan.
 *
 * - `normal`: N(0, std²). `truncated-normal`: the same, redrawn outside ±2·std.
 * - `uniform`: U(−bound, bound). `kaiming-uniform`: U(−1/√fanIn, 1/√fanIn), torch's default for a linear map.
 * - `matching-normal`: N(0, s²), s the standard deviation of all elements of the base tensor `of`.
 * - `rows`: rows of the base tensor `of`; the rows `ids`, else distinct rows drawn at random.
 * - `copy`: all of the base tensor `of`, which has the same shape.
 * - `computed`: whatever `compute` makes of the base tensors named in `of` (a factorization of a weight) or of anything else
 *   that the method knows (another adapter's values).
 *
 * Base tensors are read when a tensor that needs them gets its values, and only then.
 */
export type Init =
  | { readonly kind: 'zeros' }
  | { readonly kind: 'constant'; readonly value: number }
  | { readonly kind: 'normal'; readonly std: number }
  | { readonly kind: 'matching-normal'; readonly of: string }
  | { readonly kind: 'truncated-normal'; readonly std: number }
  | { readonly kind: 'uniform'; readonly bound: number }
  | { readonly kind: 'kaiming-uniform'; readonly fanIn: number }
  | { readonly kind: 'rows'; readonly of: string; readonly ids?: readonly number[] }
  | { readonly kind: 'copy'; readonly of: string }
  | {
      readonly kind: 'computed';
      /** The base tensors that `compute` reads; none by default. */
      readonly of?: readonly string[];
      readonly compute: (context: InitContext) => Float32Array;
    };

/** What a `computed` initialization may look at. */
export interface InitContext {
  /** The base tensor of that Hugging Face name, one of those in `of`; not to be written to. */
  base(name: string): HostTensor;
  /** The next uniform number in [0, 1) of this tensor's own sequence. */
  random(): number;
}

/** One tensor that a method adds to a model. */
export interface PlannedTensor {
  /** Local name, unique in the plan and different from every base tensor's name. */
  readonly name: string;
  readonly shape: readonly number[];
  readonly init: Init;
  /** The site that it serves, for messages. */
  readonly site?: string;
  /** True when it is part of the adapter but is not trained (a random projection, another adapter's weights). */
  readonly frozen?: boolean;
  /**
   * True of a frozen tensor whose first values follow from the base model and the configuration alone, whatever the seed: files
   * need not hold it, and where they do not it is computed again when the adapter is loaded.
   */
  readonly derived?: true;
  /** What the run's learning rate is multiplied by for this tensor; 1 if absent. */
  readonly learningRate?: number;
}

/** Positions that a prompt method takes in every document. */
export interface VirtualTokens {
  /** `input`: rows of the input before the document's tokens; `keys`: extra keys and values in every attention. */
  readonly place: 'input' | 'keys';
  /** How many, at least 1. */
  readonly count: number;
}

/** A tensor that a method keeps from step to step beside what trains: a running mean, what is pruned. Zeros at first. */
export interface PlannedState {
  /** Unique among the states of the plan. */
  readonly name: string;
  readonly shape: readonly number[];
}

/** What a method does to one model: decided before any tensor exists. */
export interface Plan {
  /** New tensors. */
  readonly tensors: readonly PlannedTensor[];
  /** Hugging Face names of base tensors that train; the adapter holds copies, the base is never written. */
  readonly base: readonly string[];
  /**
   * True where the head of a model that ties it parts from the embedding: its weight is then a tensor of its own under the
   * head's `ownWeight`, at first the table, which `base` may name as it may the table. Else a copy of the table serves both.
   */
  readonly untied?: boolean;
  /**
   * Names of base tensors in whose place the hooks compute others (`Hooks.parameter`): a run keeps them as floating numbers.
   */
  readonly changed?: readonly string[];
  /** Names of the sites where the method's hooks act. */
  readonly sites: readonly string[];
  readonly virtualTokens?: VirtualTokens;
  /**
   * Numbers that the hooks read of each record's `meta`: {@link HookScope.input}; or texts, which the base reads first:
   * {@link HookScope.encoded}. A record without them is an error.
   */
  readonly inputs?: readonly RecordInput[];
  /** What `afterUpdate` keeps from step to step. */
  readonly state?: readonly PlannedState[];
}

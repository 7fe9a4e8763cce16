import type { Meta } from '@tunesmith/schema';
import type { Model, ModelSpec } from '@tunesmith/models';
import type { Artifacts, PeftMethod } from '@tunesmith/peft';
import type { TinyModelName } from '../models/tiny-model.ts';

/** What is to be shown of a method. */
export interface PeftMethodSuite<Config extends object> {
  readonly method: PeftMethod<Config>;
  /** Settings as a recipe would hold them, without dropout. */
  readonly config?: object;
  /** What distinguishes this configuration, for the name of the suite. */
  readonly label?: string;
  /** The method's own formula for the numbers that train. */
  readonly parameterCount: (model: ModelSpec, config: Config) => number;
  /**
   * How far logits of a fresh adapter may be from the base's: 0 by default. `false` for methods whose virtual tokens or generated
   * prefixes are attended to from the start.
   */
  readonly effectAtStart?: number | false;
  /**
   * The same over a base in int8 or NF4, where what the method knows of the base is of its weights before; as `effectAtStart` by
   * default.
   */
  readonly effectOverQuantized?: number;
  /** Whether a merge into a model is possible; by default wherever the method has `merge`. */
  readonly mergeable?: (model: ModelSpec) => boolean;
  /**
   * Whether rows of one batch can choose among adapters; by default where the method gives documents no virtual tokens, reads nothing
   * of records and has no tensors in the place of those of the embedding and the head.
   */
  readonly choosable?: (model: ModelSpec) => boolean;
  /**
   * Says what the method takes for a constant that is none: its gradients are then not those of finite differences, which are left
   * out.
   */
  readonly constants?: string;
  /**
   * True where files hold the adapter in another form than it has while it trains: what comes back then has the same logits, and
   * not the same tensors.
   */
  readonly storedInAnotherForm?: boolean;
  /** What the method builds on, made for the model, where it builds on anything. */
  readonly artifacts?: (model: Model) => Artifacts | Promise<Artifacts>;
  /** The `meta` of two records, where the method reads of records: with other numbers the model does otherwise. */
  readonly records?: readonly [Meta, Meta];
  /** Which tiny models to try; all by default. */
  readonly models?: readonly TinyModelName[];
}

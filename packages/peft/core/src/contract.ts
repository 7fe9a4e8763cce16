import type {
  Architecture,
  ComputedWeight,
  EncodedTexts,
  Hooks,
  LinearSite,
  Model,
  ModelSpec,
} from '@tunesmith/models';
import type { HostTensor, TensorMap, tf } from '@tunesmith/runtime';
import { definePluginKind, upgradeManifest } from '@tunesmith/schema';
import type { JSONSchema, PluginContract } from '@tunesmith/schema';
import type { CombineOptions } from './combine-adapters.ts';
import type { Plan } from './plan.ts';

/** What says of a site whose tokens it sees. */
export type SequenceSite = Pick<Partial<LinearSite>, 'stack' | 'reads'>;

/** What a method's hooks may use while the model runs. */
export interface HookScope<Config extends object = object> {
  readonly config: Config;
  readonly plan: Plan;
  readonly model: ModelSpec;
  /** False in evaluation and generation: dropout is then the identity. */
  readonly training: boolean;
  /** The adapter's tensor of that local name, or its copy of the base tensor of that name. */
  parameter(name: string): tf.Tensor;
  /** The frozen base tensor of that Hugging Face name. */
  base(name: string): tf.Tensor;
  /**
   * The frozen weight of a linear map as float32, as it lies (`site.layout`): decoded where it was placed in another encoding.
   * What it computes with is not the very weight then, but that which the model computes with.
   */
  weight(site: LinearSite): tf.Tensor;
  /** Zeroes a share `rate` of `x` and scales the rest by 1/(1−rate), anew each step; `key` names the place. */
  dropout(x: tf.Tensor, rate: number, key: string): tf.Tensor;
  /**
   * The numbers of one of the plan's inputs, `[documents, size]`: a line for each document that the batch has room for. Rows that
   * are packed hold several documents.
   */
  input(name: string): tf.Tensor;
  /**
   * A line for each document, `[documents, …]`, as a line for each token of the sequence that a site sees, `[batch, tokens, …]`:
   * every token gets that of its document. What is computed of inputs is computed once a document, and spread then.
   *
   * @param site where the tokens are; those of an encoder's sites, and of maps that read the source, are the source's
   */
  spread(lines: tf.Tensor, site: SequenceSite): tf.Tensor;
  /**
   * What the frozen base makes of the text that an input holds, for each document: states `[documents, tokens, width]`, those of
   * the encoder in an encoder-decoder. No hook acts there, and nothing trains.
   */
  encoded(name: string): EncodedTexts;
  /** What {@link PeftMethod.generate} gives under that name, `[documents, …]`. */
  generated(name: string): tf.Tensor;
}

/** What {@link PeftMethod.generate} may use. */
export type GenerateScope<Config extends object = object> = Pick<
  HookScope<Config>,
  'config' | 'plan' | 'model' | 'parameter' | 'base' | 'weight' | 'input' | 'encoded'
>;

/** What {@link PeftMethod.afterUpdate} is given: tensors under the plan's local names. */
export interface UpdateScope<Config extends object = object> {
  readonly config: Config;
  readonly plan: Plan;
  readonly model: ModelSpec;
  /** What trains, as the optimizer left it. */
  readonly parameters: TensorMap;
  /** The gradients that the optimizer was given, clipped where the run clips them. */
  readonly gradients: TensorMap;
  /** What the method kept: {@link Plan.state}. */
  readonly state: TensorMap;
  /** Number of this update, from 1: a float32 scalar, because the step is compiled once. */
  readonly step: tf.Tensor;
  /** Updates of the whole run. */
  readonly steps: number;
}

/** What {@link PeftMethod.afterUpdate} gives back; what is left out stays as it is. */
export interface Updated {
  readonly parameters?: TensorMap;
  readonly state?: TensorMap;
}

/** What a merge may use. The adapter is in memory; base tensors are read when a merged one is computed. */
export interface MergeScope<Config extends object = object> {
  readonly config: Config;
  readonly plan: Plan;
  readonly model: ModelSpec;
  /** The adapter's tensor of that local name, or its copy of the base tensor of that name. */
  parameter(name: string): HostTensor;
  /**
   * The base tensor of that name, already replaced where the plan trains a copy of it; not to be written to. Of an untied plan,
   * the weight of the head is one under the head's `ownWeight`.
   */
  base(name: string): Promise<HostTensor>;
  /** The specification that the architecture gives when these keys of `config.json` are changed. */
  reconfigure(changes: Readonly<Record<string, unknown>>): ModelSpec;
}

/**
 * The outcome of a merge; base copies of the plan, and what an untied plan changes in `config.json`, are merged by the core
 * and need not be listed.
 */
export interface Merged {
  /**
   * New values under Hugging Face names. Those that follow from base tensors are computed when they are read, so that a merged
   * model is never held whole.
   */
  readonly tensors: Readonly<Record<string, HostTensor | ComputedWeight>>;
  /** Keys of `config.json` that must change for the merged checkpoint to be read rightly. */
  readonly configuration?: Readonly<Record<string, unknown>>;
}

/** Something that an earlier stage or another run left, and a method may build on. */
export type Artifact =
  /** An adapter, read as one of the base model. */
  | { readonly kind: 'adapter'; readonly adapter: Adapter }
  /** Tensors, with JSON that says what they are. */
  | {
      readonly kind: 'tensors';
      readonly tensors: Readonly<Record<string, HostTensor>>;
      readonly json: unknown;
    };

/** The artifacts that a recipe names for a method, each one or several. */
export interface Artifacts {
  readonly names: readonly string[];
  /**
   * The artifact of that name.
   *
   * @throws TunesmithError `unknown-name` with the nearest name, `several-artifacts` where the recipe lists several
   */
  get(name: string): Promise<Artifact>;
  /** All artifacts that the recipe lists under that name, in its order. @throws TunesmithError `unknown-name` */
  all(name: string): Promise<readonly Artifact[]>;
}

/** What is known when a configuration is completed, before planning. */
export interface PrepareContext {
  readonly model: Model;
  /** Absent when the caller has none; a method that needs it says so in an error. */
  readonly tokenizer?: { encode(text: string, options?: { special?: boolean }): number[] };
  /** What the recipe names under `artifacts`. */
  readonly artifacts: Artifacts;
  /** What linear maps see in the data that the adapter will learn from; absent when the caller has no data. */
  readonly activations?: Activations;
}

/**
 * The inputs of linear maps over rows of data, `[tokens, in]` by the sites' names: those of a forward pass of the base model.
 * Maps that read one tensor have the very same inputs.
 *
 * @param tokens how many tokens to look at, fewer where the data has no more
 */
export type Activations = (
  sites: readonly LinearSite[],
  tokens: number,
) => Promise<ReadonlyMap<string, HostTensor>>;

/** An adapter directory in memory. */
export interface AdapterFiles {
  readonly directory: string;
  readonly config: Readonly<Record<string, unknown>>;
  /** Tensors as float32 under the file's own keys. */
  readonly tensors: Readonly<Record<string, HostTensor>>;
  /** What {@link AdapterFormat.write} gave to go on training from, where it lies beside the adapter. */
  readonly training?: Readonly<Record<string, HostTensor>>;
}

/** Files of a folder by their paths in it: JSON, and tensors under the files' own keys. */
export interface LayoutFiles {
  readonly json: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly tensors: Readonly<Record<string, Readonly<Record<string, HostTensor>>>>;
}

/** The files of a format as another program arranges them, in several folders. */
export interface AdapterLayout {
  /** The file that says what the folder holds; looked for where there is no `adapter_config.json`. */
  readonly configFile: string;
  /** Whether that file is of this layout. */
  recognizes(config: Readonly<Record<string, unknown>>): boolean;
  /** Paths of the further files: `.json` and `.safetensors`. @throws TunesmithError for what the format cannot honor */
  parts(config: Readonly<Record<string, unknown>>): readonly string[];
  /** What the format's own files would hold. */
  gather(files: LayoutFiles): Pick<AdapterFiles, 'config' | 'tensors'>;
  /** The files of the layout, of what the format's own hold. */
  spread(own: Pick<AdapterFiles, 'config' | 'tensors'>): LayoutFiles;
}

/** How an adapter of a method lies on disk. */
export interface AdapterFormat<Config extends object = object> {
  /** Name of the file of tensors, for example `adapter_model.safetensors`. */
  readonly tensorFile: string;
  /** True where `write` gives, and `read` takes, tensors to go on training from. */
  readonly keepsTraining?: true;
  /** What `recognizes` looks for, for messages: `peft_type "LORA"`. */
  readonly marker: string;
  /** Whether `adapter_config.json` belongs to this method. */
  recognizes(config: Readonly<Record<string, unknown>>): boolean;
  /** The configuration (plain JSON, or `pythonFloat` for numbers that Python keeps as floats) and the tensors. */
  write(
    adapter: Adapter<Config>,
    context: { readonly baseModel: string },
  ): {
    readonly config: Readonly<Record<string, unknown>>;
    readonly tensors: Readonly<Record<string, HostTensor>>;
    /**
     * What only training goes on from and the format has no place for (a network whose outcome is stored): a file of its own
     * beside the adapter, which other programs pass over.
     */
    readonly training?: Readonly<Record<string, HostTensor>>;
  };
  /**
   * Configuration and tensors under local names. Must refuse missing, extra and mis-shaped tensors (`matchTensors` does)
   * and every option that it cannot honor.
   */
  read(files: AdapterFiles, model: ModelSpec): ReadAdapter<Config>;
  /** Another arrangement of the same files, which is read too, and written by `exportAdapter`. */
  readonly layout?: AdapterLayout;
}

/** What a format makes of the files of an adapter. */
export interface ReadAdapter<Config extends object = object> {
  readonly config: Config;
  /** Under local names; copies of base tensors under their base names. Derived tensors may be left out. */
  readonly parameters: Readonly<Record<string, HostTensor>>;
  /** Base tensors that the file repeats without training them, by base name: checked against the model, then dropped. */
  readonly repeated?: Readonly<Record<string, HostTensor>>;
  /** The adapter's name, where the files give one. */
  readonly name?: string;
}

/**
 * A parameter-efficient fine-tuning method: a plain value, for built-ins and third parties alike.
 *
 * `plan` decides what exists, `hooks` computes with it, `files` puts it on disk. All are pure.
 */
export interface PeftMethod<Config extends object = object> extends PluginContract {
  readonly specVersion: 2;
  /** Peak learning rate that suits it under AdamW, where a recipe names none; the optimizer's own by default. */
  readonly learningRate?: number;
  /** JSON Schema of the configuration; `default` of each property completes a recipe, `description` documents it. */
  readonly options: JSONSchema;
  /**
   * Completes a configuration with what only the tokenizer, the base model or artifacts know. What a plan's `computed` tensors
   * start from may be kept in it.
   */
  prepare?(config: Config, context: PrepareContext): Config | Promise<Config>;
  plan(model: ModelSpec, config: Config): Plan;
  hooks(scope: HookScope<Config>): Hooks;
  /**
   * What the hooks need and records alone decide, as hypernetworks compute it: `[documents, …]` each, by names for
   * {@link HookScope.generated}. It is computed in the step while training, and at inference once for each record that differs.
   * Where a text decides how long an axis is, zeros may be added at its end.
   */
  generate?(scope: GenerateScope<Config>): TensorMap;
  /** A scalar added to the training loss (a reconstruction term, a sparsity penalty). */
  penalty?(scope: HookScope<Config>): tf.Scalar;
  /**
   * Changes what trains after each update of the optimizer: a projection, an allocation of ranks. Pure, in tensor operations that
   * are compiled into the step; what it keeps is part of checkpoints.
   */
  afterUpdate?(scope: UpdateScope<Config>): Updated;
  /** Base tensors with the adapter folded in; absent where the method cannot be merged. */
  merge?(scope: MergeScope<Config>): Merged;
  /**
   * One adapter that acts as several of this method do together, weighted; absent where there is no such thing. Configuration and
   * tensors of the outcome, under local names.
   */
  combine?(
    adapters: readonly Adapter<Config>[],
    options: CombineOptions,
  ): Pick<Adapter<Config>, 'config' | 'parameters'>;
  readonly files: AdapterFormat<Config>;
}

declare module '@tunesmith/schema' {
  interface PluginContracts {
    method: PeftMethod;
  }
}

/** What a {@link PeftMethod} must have. */
export const methodKind = definePluginKind({
  kind: 'method',
  package: '@tunesmith/peft',
  specVersion: 2,
  functions: ['plan', 'hooks'],
  properties: { options: { type: 'object' }, files: { type: 'object' } },
  upgrades: { 1: upgradeManifest },
});

/** A method applied to a model: named tensors on the host. */
export interface Adapter<Config extends object = object> {
  /** Letters, digits, `_` and `-`. */
  readonly name: string;
  readonly method: PeftMethod<Config>;
  readonly config: Config;
  readonly plan: Plan;
  readonly model: ModelSpec;
  /** Runs that model; by it texts of records are encoded. */
  readonly architecture: Architecture;
  /** Reads texts of records; absent where nobody gave one: records must then hold token ids. */
  readonly tokenizer?: PrepareContext['tokenizer'];
  /** Under local names; copies of base tensors under their base names. */
  readonly parameters: Readonly<Record<string, HostTensor>>;
  /** Present where it acts on the records that name it and on no others: see `chosenByRecord`. */
  readonly byRecord?: true;
}

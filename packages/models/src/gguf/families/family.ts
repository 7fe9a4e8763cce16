import type { GgufFacts } from '../facts.ts';
import type { WrittenValue } from '../write/write-gguf.ts';

/** The configuration of a model, as `config.json` has it. */
export type Configuration = Readonly<Record<string, unknown>>;

/** What stands between a tensor of a file and the model's. */
export type TensorChange =
  /** Of so many rows the model's r-th is the file's row `order()[r]`. */
  | { readonly kind: 'rows'; readonly rows: number; order(): Uint32Array }
  /** The file's values are the model's and `by` more. */
  | { readonly kind: 'shift'; readonly by: number }
  /** The file's rows are the model's columns. */
  | { readonly kind: 'transposed' };

/** A family of models as GGUF describes it: the value that reads it. */
export interface GgufFamily {
  /** `general.architecture` of its files. */
  readonly architecture: string;
  /** `config.json` from the metadata, and from the tensors that say more. */
  configuration(facts: GgufFacts): Promise<Configuration>;
  /**
   * Modules of the file and of the model. `#` stands for the number of a block, `%` for that of an expert whose tensors the
   * file holds one after the other in one; `weight` and `bias` follow on both sides.
   */
  modules(configuration: Configuration): Readonly<Record<string, string>>;
  /** What its files say beside sizes that every family has, by keys below the architecture's name. */
  metadata?(configuration: Configuration): Readonly<Record<string, WrittenValue>>;
  /** What is to be changed of a tensor of the file, by its name with `#` in it; nothing if absent. */
  changes?(configuration: Configuration): (tensor: string) => TensorChange | undefined;
}

/** Number of a configuration under a key. */
export function numberOf(configuration: Configuration, key: string): number {
  return configuration[key] as number;
}

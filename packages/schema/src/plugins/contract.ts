import type { JSONSchema } from '../validation/json-schema.ts';
import type { ChatModelPlugin } from './chat-model.ts';
import type {
  DatasetAdapter,
  DataSource,
  EvaluationTask,
  Metric,
  PromptTemplate,
} from './data-contracts.ts';
import type { DataFilter } from './data-filter.ts';
import type { QueuePlugin } from './job-queue.ts';
import type { Reference } from './reference.ts';

/** What every plugin says about itself, whatever its kind. */
export interface PluginContract {
  /** The version of its kind's contract that it follows. */
  readonly specVersion: number;
  /** Unique within its kind: lower case letters, digits and `. _ -`. */
  readonly name: string;
  /** One sentence, for lists. */
  readonly description: string;
  /** The paper, book or page that it follows. */
  readonly reference?: Reference;
  /**
   * JSON Schema of the options that a recipe may give it: an object whose properties have descriptions, and defaults where they
   * may be left out. What the plugin is given is checked by it and complete. Absent: it has none.
   */
  readonly options?: JSONSchema;
}

/** The options of a plugin, checked by its schema and complete. */
export type PluginOptions = Readonly<Record<string, unknown>>;

/**
 * The contract of each kind of plugin. The package that owns a kind adds it here by declaration merging, and says beside it, with
 * `definePluginKind`, what a value of it must have:
 *
 * ```ts
 * declare module '@tunesmith/schema' {
 *   interface PluginContracts {
 *     device: DevicePlugin;
 *   }
 * }
 * ```
 */
export interface PluginContracts {
  'dataset-adapter': DatasetAdapter;
  'data-source': DataSource;
  'data-filter': DataFilter;
  'prompt-template': PromptTemplate;
  metric: Metric;
  'evaluation-task': EvaluationTask;
  'chat-model': ChatModelPlugin;
  queue: QueuePlugin;
}

/** A kind of plugin. */
export type PluginKind = keyof PluginContracts & string;

/**
 * A plugin as a package exports it: the value of a contract, and which contract that is.
 *
 * A plugin package exports `plugins`, a list of these.
 */
export interface Plugin<Kind extends PluginKind = PluginKind> {
  readonly kind: Kind;
  readonly value: PluginContracts[Kind];
}

/** Says which contract a value follows: `definePlugin('metric', rougeL)`. */
export function definePlugin<Kind extends PluginKind>(
  kind: Kind,
  value: PluginContracts[Kind],
): Plugin<Kind> {
  return { kind, value };
}

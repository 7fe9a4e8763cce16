import { TunesmithError, showValue } from '@tunesmith/schema';
import type { ModelSpec } from '@tunesmith/models';

/** The prefix of every module's tensor in Hugging Face PEFT's files. */
export const peftPrefix = 'base_model.model.';

/** Name of PEFT's file of tensors. */
export const peftTensorFile = 'adapter_model.safetensors';

/** The release of PEFT whose files are written; it stands in `peft_version`. */
export const peftVersion = '0.21.0';

/**
 * What PEFT calls the task of a model: it wraps the model accordingly when it loads an adapter. Null where it has no such word,
 * as for an encoder that predicts masked tokens.
 */
export function peftTask({ kind, headKind }: ModelSpec): string | null {
  if (headKind.kind === 'labels') return 'SEQ_CLS';
  return { decoder: 'CAUSAL_LM', 'encoder-decoder': 'SEQ_2_SEQ_LM', encoder: null }[kind];
}

/** Every task that PEFT knows; which one a file names changes no number of its adapter. */
const peftTasks = [
  'CAUSAL_LM',
  'SEQ_2_SEQ_LM',
  'SEQ_CLS',
  'TOKEN_CLS',
  'QUESTION_ANS',
  'FEATURE_EXTRACTION',
];

/** The keys that every PEFT configuration holds. */
export function peftBaseConfig(
  peftType: string,
  baseModel: string,
  model: ModelSpec,
): Record<string, unknown> {
  // A name of the hub with its revision; PEFT has a key for each.
  const [, name = baseModel, revision = null] =
    /^([\w.-]+\/[\w.-]+)@([^@]+)$/.exec(baseModel) ?? [];
  return {
    auto_mapping: null,
    base_model_name_or_path: name,
    inference_mode: true,
    peft_type: peftType,
    peft_version: peftVersion,
    revision,
    task_type: peftTask(model),
  };
}

/**
 * Refuses every option of a PEFT configuration that is switched on and not known to the reader.
 *
 * An option is off when it is null, false, an empty list or an empty object, or has the value listed in `neutral`. So a
 * configuration of a newer PEFT loads as long as its new options are off.
 *
 * @param options.known keys that the reader honors
 * @param options.neutral further values that change nothing, by key
 * @throws TunesmithError `unsupported-option`, naming each
 */
export function refuseUnknownOptions(options: {
  package: string;
  directory: string;
  config: Readonly<Record<string, unknown>>;
  known: readonly string[];
  neutral?: Readonly<Record<string, readonly unknown[]>>;
}): void {
  const { config, known, neutral = {} } = options;
  const base = [
    'auto_mapping',
    'base_model_name_or_path',
    'inference_mode',
    'peft_type',
    'peft_version',
    'revision',
    'task_type',
  ];
  const accepted = new Set([...base, ...known]);
  const changesNothing = new Map(Object.entries(neutral));
  const problems = Object.entries(config)
    .filter(
      ([key, value]) =>
        !accepted.has(key) && !isOff(value) && !changesNothing.get(key)?.includes(value),
    )
    .map(([key, value]) => `option "${key}" is ${showValue(value)}, which is not supported`);
  const task = config['task_type'];
  if (task !== undefined && task !== null && !peftTasks.includes(task as string)) {
    problems.push(`task_type is ${showValue(task)}, and PEFT has ${peftTasks.join(', ')}`);
  }
  const [first] = problems;
  if (first === undefined) return;
  throw new TunesmithError({
    package: options.package,
    code: 'unsupported-option',
    message: `${options.directory}: ${first}`,
    value: first,
    accepted: [...known].sort(),
    problems: [`${options.directory}: ${first}`, ...problems.slice(1)],
  });
}

function isOff(value: unknown): boolean {
  if (value === null || value === undefined || value === false) return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}

/**
 * Base tensors of the modules that PEFT's `modules_to_save` names: every tensor of a module whose full name ends with one
 * of `modules`, containers included. A tied head gives its `ownWeight`, since PEFT saves it apart from the embedding.
 *
 * @throws TunesmithError `unmatched-module` for a name that matches nothing
 */
export function modulesToSave(
  owner: string,
  model: ModelSpec,
  modules: readonly string[],
): string[] {
  const { ownWeight } = model.head;
  const tensors = [...Object.keys(model.tensors), ...(ownWeight === undefined ? [] : [ownWeight])];
  const chosen = tensors.filter((tensor) => isOfModules(tensor, modules));
  for (const module of modules) {
    if (!chosen.some((tensor) => isOfModules(tensor, [module]))) {
      throw new TunesmithError({
        package: owner,
        code: 'unmatched-module',
        message: `modules_to_save names "${module}", which no module's name ends with`,
        value: module,
        accepted: [...new Set(tensors.map((tensor) => tensor.split('.').slice(0, -1).join('.')))],
      });
    }
  }
  return chosen;
}

/**
 * What a plan holds of the base for `modules_to_save`: copies of their tensors. A head that shares the embedding's table parts
 * from it where either is named, as PEFT stores them.
 *
 * @throws TunesmithError `unmatched-module`
 */
export function savedModules(
  owner: string,
  model: ModelSpec,
  modules: readonly string[] | null,
): { base: string[]; untied?: true } {
  const base = modules ? modulesToSave(owner, model, modules) : [];
  const { weight, ownWeight } = model.head;
  const isApart =
    ownWeight !== undefined && base.some((name) => name === weight || name === ownWeight);
  return { base, ...(isApart ? { untied: true } : {}) };
}

/**
 * `modules_to_save` of a stored adapter. PEFT names the heads of all classifiers at once: of several names those stay that this
 * model has, and where it has none all stay, to be refused.
 */
export function presentModules(value: unknown, model: ModelSpec): unknown {
  if (!Array.isArray(value) || value.length === 0) return null;
  const tensors = [...Object.keys(model.tensors), model.head.ownWeight ?? model.head.weight];
  const present = value.filter(
    (module) =>
      typeof module === 'string' && tensors.some((tensor) => isOfModules(tensor, [module])),
  );
  return present.length > 0 ? present : value;
}

/** Whether a tensor lies in a module whose full name ends with one of `modules`. */
export function isOfModules(tensor: string, modules: readonly string[]): boolean {
  const parts = tensor.split('.');
  return parts.slice(1).some((_, rest) =>
    modules.some((module) =>
      parts
        .slice(0, rest + 1)
        .join('.')
        .endsWith(module),
    ),
  );
}

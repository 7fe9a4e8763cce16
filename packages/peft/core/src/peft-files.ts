import { TunesmithError, showValue } from '@tunesmith/schema';
import type { ModelSpec } from '@tunesmith/models';

/** The prefix of every module's tensor in Hugging Face PEFT's files. */
export const peftPrefix = 'base_model.model.';

/** Name of PEFT's file of tensors. */
export const peftTensorFile = 'adapter_model.safetensors';

/** The release of PEFT whose files are written; it stands in `peft_version`. */
export const peftVersion = '0.21.0';

/** The keys that every PEFT configuration for a causal language model holds. */
export function peftBaseConfig(peftType: string, baseModel: string): Record<string, unknown> {
  return {
    auto_mapping: null,
    base_model_name_or_path: baseModel,
    inference_mode: true,
    peft_type: peftType,
    peft_version: peftVersion,
    revision: null,
    task_type: 'CAUSAL_LM',
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
  if (task !== undefined && task !== null && task !== 'CAUSAL_LM') {
    problems.push(`task_type is ${showValue(task)}, and only "CAUSAL_LM" is supported`);
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

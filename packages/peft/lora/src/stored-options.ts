import type { ModelSpec } from '@tunesmith/models';
import { refuseUnknownOptions, type AdapterFiles } from '@tunesmith/peft';
import { readTargets } from './read-targets.ts';
import { readModules } from './targets.ts';

/** How an option of PEFT's files is read: our name for it, and its value with PEFT's default where the file is silent. */
export interface StoredOption<Config> {
  readonly name: keyof Config & string;
  readonly read: (value: unknown, model: ModelSpec) => unknown;
}

/** Options by PEFT's name. */
export type StoredOptions<Config> = Readonly<Record<string, StoredOption<Config>>>;

/** The value, or what PEFT takes where it is absent. */
export const orElse =
  (fallback: unknown) =>
  (value: unknown): unknown =>
    value ?? fallback;

/** The options that PEFT's low-rank methods have in common. */
export const storedTargetOptions = {
  bias: { name: 'bias', read: orElse('none') },
  exclude_modules: { name: 'exclude_modules', read: orElse(null) },
  layers_pattern: { name: 'layers_pattern', read: orElse(null) },
  layers_to_transform: {
    name: 'layers_to_transform',
    // PEFT takes an empty list for none at all, so for every layer.
    read: (value: unknown) =>
      typeof value === 'number'
        ? [value]
        : Array.isArray(value) && value.length === 0
          ? null
          : (value ?? null),
  },
  modules_to_save: { name: 'modules_to_save', read: readModules },
  target_modules: { name: 'targets', read: readTargets },
} as const;

/**
 * A configuration in our words.
 *
 * @param idle further options of PEFT that change no number of a stored adapter
 * @throws TunesmithError `unsupported-option` for every other option that is switched on
 */
export function readOptions<Config>(
  { config: json, directory }: AdapterFiles,
  model: ModelSpec,
  options: StoredOptions<Config>,
  idle: readonly string[],
): Record<string, unknown> {
  refuseUnknownOptions({
    package: '@tunesmith/lora',
    directory,
    config: json,
    known: [...Object.keys(options), ...idle],
  });
  return Object.fromEntries(
    Object.entries(options).map(([key, { name, read }]) => [name, read(json[key], model)]),
  );
}

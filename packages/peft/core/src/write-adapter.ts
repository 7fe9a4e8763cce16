import { writeSafetensors, type Model } from '@tunesmith/models';
import type { HostTensor } from '@tunesmith/runtime';
import type { Files } from '@tunesmith/schema';
import { baseRecordFile, baseRecordText } from './base-record.ts';
import type { Adapter } from './contract.ts';
import { pythonJson } from './python-json.ts';

/** Name of the configuration file of every adapter format. */
export const configFile = 'adapter_config.json';

/** Name of the file of tensors that training goes on from, beside those of an adapter. */
export const trainingFile = 'tunesmith_training.safetensors';

/** What is said of the base model where an adapter is saved. */
export interface SaveAdapterOptions {
  /** Name or path of the base model, for `base_model_name_or_path`. */
  readonly baseModel: string;
  /** The base model itself, as it was before training: its fingerprint is kept in `tunesmith.json`. */
  readonly model?: Pick<Model, 'spec' | 'weights'>;
}

/**
 * Writes an adapter's files: the method's tensors (safetensors, float32, metadata `{"format":"pt"}`), `adapter_config.json` as
 * Python would write it, and, with `options.model`, `tunesmith.json` with the base model's fingerprint, so that `loadAdapter` can
 * tell another base of the same shapes; PEFT and other programs pass over it, and over `tunesmith_training.safetensors`, which
 * holds what the method goes on training from where its format has no place for that. Each is replaced whole, tensors first.
 *
 * @param files the folder; other files in it are left alone
 * @throws what {@link Files.write} throws
 */
export async function saveAdapter(
  files: Files,
  adapter: Adapter,
  options: SaveAdapterOptions,
): Promise<void> {
  const { config, tensors, training } = adapter.method.files.write(adapter, options);
  const text = pythonJson(config);
  const record = options.model && (await baseRecordText(options.baseModel, options.model));
  // What an earlier adapter was made for must not be said of this one, not even for a moment.
  await files.remove(baseRecordFile);
  await files.remove(trainingFile);
  await writeSafetensors(files, adapter.method.files.tensorFile, sorted(tensors), { format: 'pt' });
  if (training) await writeSafetensors(files, trainingFile, sorted(training), { format: 'pt' });
  await files.write(configFile, text);
  if (record !== undefined) await files.write(baseRecordFile, record);
}

function sorted(tensors: Readonly<Record<string, HostTensor>>): Record<string, HostTensor> {
  return Object.fromEntries(
    Object.entries(tensors).sort(([one], [other]) => (one < other ? -1 : 1)),
  );
}

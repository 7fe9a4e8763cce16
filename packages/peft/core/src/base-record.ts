import { modelFingerprint } from '@tunesmith/models';
import type { Model } from '@tunesmith/models';
import { readText, TunesmithError, type Files } from '@tunesmith/schema';

/** The file beside an adapter's own that says which base model it was made for. Other programs pass over it. */
export const baseRecordFile = 'tunesmith.json';

/** Something a person should know of an adapter that was read. */
export interface AdapterWarning {
  /** A stable name for programs. */
  readonly code: 'other-base-model';
  readonly message: string;
}

/** What {@link baseRecordFile} holds: the base's name, and what `modelFingerprint` says of its weights and configuration. */
export async function baseRecordText(
  name: string,
  model: Pick<Model, 'spec' | 'weights'>,
): Promise<string> {
  const base = { name, fingerprint: await modelFingerprint(model) };
  return `${JSON.stringify({ format: 1, base }, null, 2)}\n`;
}

/**
 * Compares the model with the one that an adapter was made for, where its folder says so.
 *
 * @returns a warning where they differ
 * @throws TunesmithError `adapter-files` where the record cannot be read
 */
export async function checkBase(
  files: Files,
  model: Pick<Model, 'spec' | 'weights'>,
): Promise<AdapterWarning | undefined> {
  const path = files.locate(baseRecordFile);
  let text: string;
  try {
    if ((await files.stat(baseRecordFile)) === undefined) return undefined;
    text = await readText(files, baseRecordFile);
  } catch (error) {
    throw unreadable(path, error);
  }
  const { name, fingerprint } = parseRecord(path, text);
  if (fingerprint === (await modelFingerprint(model))) return undefined;
  return {
    code: 'other-base-model',
    message: `the adapter in ${files.locate()} was made for another base model${name === '' ? '' : ` (${name})`}: this one has the same shapes and other weights or another configuration, so its answers may be worthless`,
  };
}

function parseRecord(path: string, text: string): { name: string; fingerprint: string } {
  let value: { base?: { name?: unknown; fingerprint?: unknown } } | null;
  try {
    value = JSON.parse(text) as typeof value;
  } catch (cause) {
    throw unreadable(path, cause);
  }
  const { name, fingerprint } = value?.base ?? {};
  if (typeof fingerprint !== 'string') throw unreadable(path);
  return { name: typeof name === 'string' ? name : '', fingerprint };
}

function unreadable(path: string, cause?: unknown): TunesmithError {
  const reason = cause instanceof Error ? `: ${cause.message}` : '';
  return new TunesmithError({
    package: '@tunesmith/peft',
    code: 'adapter-files',
    message: `${path} does not say which base model the adapter was made for${reason}`,
    value: path,
    accepted: '{ "format": 1, "base": { "name": …, "fingerprint": … } }, or no such file',
    cause,
  });
}

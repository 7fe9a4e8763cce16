import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { modelsError } from '../../errors.ts';

/** Where the hub is, where its files are kept, and who asks. */
export interface HubSettings {
  /** The hub's address, without a slash at its end. */
  readonly endpoint: string;
  /** The folder of the cache that all of Hugging Face's programs share. */
  readonly cache: string;
  /** What shows the hub who asks; sent to the endpoint alone. */
  readonly token?: string;
  /** Whether nothing is asked for: what is cached is all there is. */
  readonly offline: boolean;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads the environment variables that Hugging Face's programs follow: `HF_ENDPOINT`; `HF_HUB_CACHE`, `HF_HOME`, `XDG_CACHE_HOME`;
 * `HF_TOKEN`, else the file `HF_TOKEN_PATH` or `token` in `HF_HOME`, unless `HF_HUB_DISABLE_IMPLICIT_TOKEN`; `HF_HUB_OFFLINE`.
 *
 * @throws `invalid-endpoint`; `invalid-token` for a token that cannot be sent, without showing it
 * @see https://huggingface.co/docs/huggingface_hub/package_reference/environment_variables
 */
export async function hubSettings(env: Environment = process.env): Promise<HubSettings> {
  const offline = isOn(env['HF_HUB_OFFLINE']) || isOn(env['TRANSFORMERS_OFFLINE']);
  const token = offline ? undefined : await tokenOf(env);
  return {
    endpoint: endpointOf(env['HF_ENDPOINT'] || 'https://huggingface.co'),
    cache: cacheOf(env),
    offline,
    ...(token === undefined ? {} : { token }),
  };
}

function homeOf(env: Environment): string {
  return env['HF_HOME'] || join(env['XDG_CACHE_HOME'] || '~/.cache', 'huggingface');
}

function cacheOf(env: Environment): string {
  return pathOf(env['HF_HUB_CACHE'] || env['HUGGINGFACE_HUB_CACHE'] || join(homeOf(env), 'hub'));
}

function pathOf(path: string): string {
  return path === '~' || path.startsWith('~/') ? join(homedir(), path.slice(1)) : path;
}

function isOn(value: string | undefined): boolean {
  return ['1', 'on', 'yes', 'true'].includes((value ?? '').toLowerCase());
}

function endpointOf(address: string): string {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  const isPlain = url && /^https?:$/.test(url.protocol) && url.username === '' && !url.password;
  if (isPlain) return address.replace(/\/+$/, '');
  throw modelsError({
    code: 'invalid-endpoint',
    message: 'HF_ENDPOINT is no address of a hub',
    accepted: 'an address that begins with https:// or http://, without a name or a password in it',
  });
}

async function tokenOf(env: Environment): Promise<string | undefined> {
  const given = env['HF_TOKEN'] || env['HUGGING_FACE_HUB_TOKEN'];
  const file = pathOf(env['HF_TOKEN_PATH'] || join(homeOf(env), 'token'));
  const kept = isOn(env['HF_HUB_DISABLE_IMPLICIT_TOKEN'])
    ? undefined
    : await readFile(file, 'utf8').catch(() => undefined);
  const token = (given ?? kept)?.trim();
  if (token === undefined || token === '') return undefined;
  if (/^[\x21-\x7e]+$/.test(token)) return token;
  throw modelsError({
    code: 'invalid-token',
    message: `the token ${given === undefined ? `in ${file}` : 'in HF_TOKEN'} holds characters that no token has`,
    accepted: 'a token as the hub shows it, on one line',
  });
}

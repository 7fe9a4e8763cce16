import { nearest, TunesmithError } from '@tunesmith/schema';
import { modelsError } from '../../errors.ts';
import { hubNameText, type HubName } from './hub-name.ts';
import { askedWait } from './patience.ts';
import type { HubSettings } from './settings.ts';

/** What a repository holds. */
export type RepositoryKind = 'model' | 'dataset';

/** What a request is about, for errors to name. */
export interface Asked extends HubName {
  readonly kind: RepositoryKind;
  readonly settings: HubSettings;
  /** Names of the models, or data sets, that are cached. */
  readonly cached: readonly string[];
}

/** Codes of errors that another time, another network or another account may not meet. */
const unreached = new Set([
  'hub-unreachable',
  'hub-busy',
  'hub-failed',
  'gated-model',
  'gated-dataset',
  'invalid-token',
  'missing-model',
  'missing-dataset',
  'unknown-revision',
]);

/** Whether the hub did not give what it may hold: what is cached may then do. */
export function isUnreached(error: unknown): error is TunesmithError {
  return TunesmithError.is(error) && unreached.has(error.code);
}

/** The error for an answer other than what was asked for; the token is never part of it. */
export function answerError(response: Response, asked: Asked): TunesmithError {
  const { status, headers } = response;
  const { kind, repository, settings, cached, revision = 'main' } = asked;
  const page = `${settings.endpoint}/${kind === 'dataset' ? 'datasets/' : ''}${repository}`;
  const name = hubNameText(asked);
  const code = headers.get('x-error-code') ?? '';
  const said = saidBy(response, settings);
  const hasToken = settings.token !== undefined;
  const close = nearest(repository, cached);
  const near = close === undefined ? {} : { nearest: close };
  const token = 'a token in HF_TOKEN, or in the file that "hf auth login" writes';
  if (code === 'GatedRepo')
    return modelsError({
      code: `gated-${kind}`,
      message: `${name} is gated: ${hasToken ? 'the account of the token that was sent has no access to it' : 'no token was sent'}${said}`,
      value: name,
      accepted: `its licence accepted at ${page}, and ${hasToken ? 'the token of the account that did' : token}`,
    });
  if (
    status === 401 &&
    (hasToken || /credential/i.test(headers.get('x-error-message') ?? '')) &&
    code === ''
  )
    return modelsError({
      code: 'invalid-token',
      message: `${settings.endpoint} does not know the token that was sent for ${name}${said}`,
      value: name,
      accepted: `${token}, that has not been revoked; or none, for what is public`,
    });
  if (code === 'RevisionNotFound')
    return modelsError({
      code: 'unknown-revision',
      message: `${repository} has no revision "${revision}"${said}`,
      value: revision,
      accepted: 'a branch, a tag or a commit of it',
    });
  if (code === 'EntryNotFound')
    return modelsError({
      code: 'missing-file',
      message: `${name} names a file that is not there${said}`,
      value: name,
    });
  if (status === 401 || status === 404)
    return modelsError({
      code: `missing-${kind}`,
      message: `${settings.endpoint} shows no ${repository}${said}`,
      value: name,
      accepted: `a repository that exists; ${hasToken ? 'the token of an account that sees it' : `for one that is private, ${token}`}`,
      ...near,
    });
  if (status === 403)
    return modelsError({
      code: `gated-${kind}`,
      message: `access to ${name} is refused${said}`,
      value: name,
      accepted: `its licence accepted at ${page}, and ${hasToken ? 'the token of an account with access' : token}`,
    });
  const isBusy = status === 429;
  const wait = askedWait(response);
  return modelsError({
    code: isBusy ? 'hub-busy' : 'hub-failed',
    kind: 'failure',
    message: isBusy
      ? `${settings.endpoint} takes no more requests for now (429)${wait === undefined ? '' : `; it asks to wait ${Math.ceil(wait / 1000)} s`}${said}`
      : `${settings.endpoint} answered ${status} to a request for ${name}${said}`,
    value: status,
    accepted: isBusy
      ? `another time${hasToken ? '' : `, or ${token}, with which it takes more`}`
      : 'another time',
  });
}

/** The error for a host that did not answer, or that stopped in the middle. */
export function unreachable(url: string, cause: unknown, asked: Asked): TunesmithError {
  return modelsError({
    code: 'hub-unreachable',
    kind: 'failure',
    message: `${new URL(url).host} cannot be reached for ${hubNameText(asked)}: ${reasonOf(cause)}`,
    value: hubNameText(asked),
    accepted: 'a network, HF_ENDPOINT with a mirror, or HF_HUB_OFFLINE=1 to use what is cached',
    cause,
  });
}

/** The error for something that is not cached while nothing may be asked for. */
export function notCached(asked: Asked): TunesmithError {
  const { settings, cached, repository } = asked;
  const close = nearest(repository, cached);
  return modelsError({
    code: 'not-cached',
    message: `${hubNameText(asked)} is not whole in ${settings.cache}, and HF_HUB_OFFLINE forbids to ask for it`,
    value: hubNameText(asked),
    accepted: `what is cached${cached.length === 0 ? ', which is nothing so far' : `: ${cached.join(', ')}`}`,
    nearest: close,
  });
}

/** What the hub says itself, without the token that it was sent. */
function saidBy({ headers }: Response, { token }: HubSettings): string {
  const words = headers.get('x-error-message')?.slice(0, 200);
  if (!words) return '';
  return `: ${token === undefined ? words : words.replaceAll(token, '…')}`;
}

function reasonOf(error: unknown): string {
  const { message, cause } = error as Error & { cause?: unknown };
  return cause instanceof Error && cause.message ? cause.message : message;
}

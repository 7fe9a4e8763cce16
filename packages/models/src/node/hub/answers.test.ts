import { writeFile } from 'node:fs/promises';
import { inspect } from 'node:util';
import { join } from 'node:path';
import { TunesmithError } from '@tunesmith/schema';
import { expect, onTestFinished, test } from 'vitest';
import { temporaryFolder } from '../../../test-support/fixtures.ts';
import { commit, hubServer, type HubServer } from '@tunesmith/config/hub';
import { fromHub, type HubOptions } from './from-hub.ts';
import type { HubSettings } from './settings.ts';

const main = commit('a');
const files = { 'config.json': '{}', 'model.safetensors': 'weights' };
const token = 'secret-of-somebody';

async function setup(more: Partial<HubOptions['settings']> & { gated?: boolean } = {}): Promise<{
  hub: HubServer;
  options: HubOptions & { settings: HubSettings };
  warnings: string[];
}> {
  const { gated = false, ...changed } = more;
  const hub = await hubServer({
    'org/tiny': { refs: { main }, commits: { [main]: files }, gated },
    'org/teeny': { refs: { main }, commits: { [main]: files } },
  });
  onTestFinished(() => hub.close());
  const cache = join(await temporaryFolder(), 'hub');
  const settings = { endpoint: hub.endpoint, cache, offline: false, ...changed };
  const warnings: string[] = [];
  const onWarning = ({ message }: { message: string }) => void warnings.push(message);
  return { hub, warnings, options: { settings, patience: { pause: 1 }, onWarning } };
}

/** The error of what must fail. */
async function errorOf(work: Promise<unknown>): Promise<TunesmithError> {
  const error = await work.then(
    () => undefined,
    (caught: unknown) => caught,
  );
  if (TunesmithError.is(error)) return error;
  throw new Error(`no TunesmithError: ${inspect(error)}`);
}

test('a gated model says that its licence has to be accepted and that a token is needed', async () => {
  const { hub, options } = await setup({ gated: true });
  const error = await errorOf(fromHub('org/tiny', options));
  expect(error).toMatchObject({ code: 'gated-model', kind: 'input' });
  expect(error.message).toContain('org/tiny is gated: no token was sent');
  expect(error.accepted).toBe(
    `its licence accepted at ${hub.endpoint}/org/tiny, and a token in HF_TOKEN, or in the file that "hf auth login" writes`,
  );
});

test('a token without access is told so, and one with access is let in', async () => {
  const { hub, options } = await setup({ gated: true, token });
  const error = await errorOf(fromHub('org/tiny', options));
  expect(error.message).toContain('the account of the token that was sent has no access to it');
  hub.tokens.add(token);
  await expect(fromHub('org/tiny', options)).resolves.toHaveProperty('commit', main);
});

test('the token goes to the hub alone, and stands in no error', async () => {
  const { hub, options } = await setup({ token });
  await fromHub('org/tiny', options);
  const heardBy = (host: string) =>
    hub.heard.filter((one) => one.host === host).map(({ authorization }) => authorization);
  expect(new Set(heardBy('hub'))).toEqual(new Set([`Bearer ${token}`]));
  expect(new Set(heardBy('storage'))).toEqual(new Set([undefined]));
  hub.troubles.push({
    path: /teeny/,
    status: 401,
    headers: { 'x-error-message': `no account has ${token}` },
  });
  const error = await errorOf(fromHub('org/teeny', options));
  expect(error).toMatchObject({ code: 'invalid-token' });
  expect(error.message).toContain(
    'does not know the token that was sent for org/teeny: no account has …',
  );
  expect(inspect(error, { depth: 10 })).not.toContain(token);
});

test('a repository that is not there is named, with the nearest one that is cached', async () => {
  const { hub, options } = await setup();
  await fromHub('org/tiny', options);
  const error = await errorOf(fromHub('org/tinny', options));
  expect(error).toMatchObject({ code: 'missing-model', nearest: 'org/tiny' });
  expect(error.message).toContain(`${hub.endpoint} shows no org/tinny`);
});

test('a 429 is waited out as it asks, and told when it asks for too long', async () => {
  const { hub, options } = await setup();
  hub.troubles.push({ path: /api/, status: 429, headers: { 'retry-after': '1' }, times: 1 });
  const told: string[] = [];
  const before = Date.now();
  await fromHub('org/tiny', { ...options, onWork: (what) => void told.push(what) });
  expect(Date.now() - before).toBeGreaterThanOrEqual(1000);
  expect(told).toContain(`waiting 1 s, as ${new URL(hub.endpoint).host} asks to`);
  hub.troubles.push({ path: /api/, status: 429, headers: { 'retry-after': '900' } });
  hub.heard.length = 0;
  const error = await errorOf(fromHub('org/teeny', options));
  expect(error).toMatchObject({ code: 'hub-busy', kind: 'failure' });
  expect(error.message).toContain('takes no more requests for now (429); it asks to wait 900 s');
  expect(hub.heard).toHaveLength(1);
});

test('a 5xx is tried again, and not forever', async () => {
  const { hub, options } = await setup();
  hub.troubles.push({ path: /model\.safetensors/, status: 503, times: 2 });
  await fromHub('org/tiny', options);
  hub.troubles.push({ path: /api/, status: 502 });
  hub.heard.length = 0;
  const error = await errorOf(fromHub('org/teeny', options));
  expect(error).toMatchObject({ code: 'hub-failed', kind: 'failure', value: 502 });
  expect(hub.heard).toHaveLength(5);
});

test('offline, what is cached is used, and of what is not the names of what is are told', async () => {
  const { hub, options } = await setup();
  await fromHub('org/tiny', options);
  const offline = { ...options, settings: { ...options.settings, offline: true } };
  hub.heard.length = 0;
  await expect(fromHub('org/tiny', offline)).resolves.toHaveProperty('commit', main);
  const error = await errorOf(fromHub('org/teeny', offline));
  expect(error).toMatchObject({ code: 'not-cached', nearest: 'org/tiny' });
  expect(error.message).toContain('what is cached: org/tiny');
  expect(hub.heard).toEqual([]);
});

test('without a network, what is cached is used with a warning', async () => {
  const { hub, options, warnings } = await setup();
  await fromHub('org/tiny', options);
  await hub.close();
  await expect(fromHub('org/tiny', options)).resolves.toHaveProperty('commit', main);
  expect(warnings).toEqual([
    expect.stringContaining(
      `org/tiny@${main} as it is cached: [@tunesmith/models] ${new URL(hub.endpoint).host} cannot be reached`,
    ),
  ]);
  const error = await errorOf(fromHub('org/teeny', options));
  expect(error).toMatchObject({ code: 'hub-unreachable', kind: 'failure' });
});

test('what is cut off for good is told, and kept for the next time', async () => {
  const { hub, options } = await setup();
  hub.troubles.push({ path: /model\.safetensors/, cutAfter: 3, times: 1 });
  hub.troubles.push({ path: /model\.safetensors/, cutAfter: 0 });
  const error = await errorOf(fromHub('org/tiny', options));
  expect(error).toMatchObject({ code: 'hub-unreachable' });
  hub.troubles.length = 0;
  hub.heard.length = 0;
  await fromHub('org/tiny', options);
  expect(hub.fetched()).toEqual(['storage model.safetensors bytes=3-']);
});

test('what has no room on the disk is told before it comes', async () => {
  const { hub, options } = await setup();
  hub.repositories['org/tiny'] = {
    ...hub.repositories['org/tiny']!,
    sizes: { 'model.safetensors': 1e18 },
  };
  const error = await errorOf(fromHub('org/tiny', options));
  expect(error).toMatchObject({ code: 'disk-full', kind: 'failure', value: 1e18 });
  expect(error.message).toContain('model.safetensors needs 1000000000000000000 bytes more');
  expect(hub.fetched().join()).not.toContain('safetensors');
});

test('a cache that cannot be written to is told', async () => {
  const { options } = await setup();
  await writeFile(options.settings.cache, 'a file');
  const error = await errorOf(fromHub('org/tiny', options));
  expect(error).toMatchObject({ code: 'write-failed', kind: 'failure' });
  expect(error.message).toContain('was not written: a part of the path is no folder (ENOTDIR)');
});

test('an address that is no hub is told', async () => {
  const { hub, options } = await setup();
  const settings = { ...options.settings, endpoint: `${hub.endpoint}/org/tiny/resolve/main` };
  const error = await errorOf(fromHub('org/tiny', { ...options, settings }));
  expect(error.code).toBe('missing-file');
  const other = { ...options.settings, endpoint: 'http://127.0.0.1:1' };
  expect(await errorOf(fromHub('org/tiny', { ...options, settings: other }))).toMatchObject({
    code: 'hub-unreachable',
  });
});

test('whoever has enough stops it', async () => {
  const { options } = await setup();
  const stop = new AbortController();
  const onWork = () => stop.abort(new Error('enough'));
  await expect(fromHub('org/tiny', { ...options, onWork, signal: stop.signal })).rejects.toThrow(
    'enough',
  );
});

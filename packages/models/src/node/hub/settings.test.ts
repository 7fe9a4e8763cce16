import { writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { temporaryFolder } from '../../../test-support/fixtures.ts';
import { hubNameText, parseHubName } from './hub-name.ts';
import { hubSettings } from './settings.ts';

describe('the environment', () => {
  test('without a word, the hub and the cache are the usual ones', async () => {
    const home = join(homedir(), '.cache', 'huggingface');
    expect(await hubSettings({ HF_HUB_DISABLE_IMPLICIT_TOKEN: '1' })).toEqual({
      endpoint: 'https://huggingface.co',
      cache: join(home, 'hub'),
      offline: false,
    });
  });

  test.for([
    [{ HF_HOME: '/a' }, '/a/hub'],
    [{ HF_HOME: '/a', HF_HUB_CACHE: '/b' }, '/b'],
    [{ XDG_CACHE_HOME: '/c' }, '/c/huggingface/hub'],
    [{ HF_HOME: '~/a' }, join(homedir(), 'a', 'hub')],
  ] as const)('%o has its cache in %s', async ([env, cache]) => {
    expect(await hubSettings(env)).toMatchObject({ cache });
  });

  test('the token is in HF_TOKEN, or in the file that signing in writes', async () => {
    const home = await temporaryFolder();
    await writeFile(join(home, 'token'), 'kept\n');
    expect(await hubSettings({ HF_HOME: home, HF_TOKEN: 'given' })).toMatchObject({
      token: 'given',
    });
    expect(await hubSettings({ HF_HOME: home })).toMatchObject({ token: 'kept' });
    for (const env of [{ HF_HUB_DISABLE_IMPLICIT_TOKEN: '1' }, { HF_HUB_OFFLINE: '1' }])
      expect(await hubSettings({ HF_HOME: home, ...env })).not.toHaveProperty('token');
  });

  test('a token that cannot be sent is refused, and not shown', async () => {
    const error: unknown = await hubSettings({ HF_TOKEN: 'hf_one hf_two' }).catch(
      (caught: unknown) => caught,
    );
    expect(error).toMatchObject({ code: 'invalid-token' });
    expect(inspect(error)).not.toContain('hf_one');
  });

  test('an address with a password in it is refused, and not shown', async () => {
    const error: unknown = await hubSettings({ HF_ENDPOINT: 'https://me:pass@hub.example' }).catch(
      (caught: unknown) => caught,
    );
    expect(error).toMatchObject({ code: 'invalid-endpoint' });
    expect(inspect(error)).not.toContain('pass@');
    expect(await hubSettings({ HF_ENDPOINT: 'https://hub.example/' })).toMatchObject({
      endpoint: 'https://hub.example',
    });
  });

  test.for(['1', 'true', 'YES', 'on'])('HF_HUB_OFFLINE=%s is offline', async (value) => {
    expect(await hubSettings({ HF_HUB_OFFLINE: value })).toMatchObject({ offline: true });
  });
});

describe('names', () => {
  test.for([
    ['org/tiny', { repository: 'org/tiny' }],
    ['org/tiny-1.5B_x', { repository: 'org/tiny-1.5B_x' }],
    ['org/tiny@v1', { repository: 'org/tiny', revision: 'v1' }],
    ['org/tiny@feature/x', { repository: 'org/tiny', revision: 'feature/x' }],
    ['org/tiny/q4.gguf', { repository: 'org/tiny', file: 'q4.gguf' }],
    ['org/tiny@v1/a/q4.gguf', { repository: 'org/tiny', revision: 'v1', file: 'a/q4.gguf' }],
    [
      'org/tiny@refs/pr/1/q4.gguf',
      { repository: 'org/tiny', revision: 'refs/pr/1', file: 'q4.gguf' },
    ],
    ['org/tiny@a%2Fb/q4.gguf', { repository: 'org/tiny', revision: 'a/b', file: 'q4.gguf' }],
  ] as const)('%s', ([text, name]) => {
    expect(parseHubName(text)).toEqual(name);
    expect(hubNameText(name)).toBe(text);
  });

  test.for([
    'tiny',
    './org/tiny',
    '../tiny',
    'org/..',
    '/org/tiny',
    '@tunesmith/nano',
    'org/tiny/config.json',
    'org/tiny@',
    'org/tiny@../x',
    'org/tiny@v1/../q4.gguf',
    'org/ti--ny',
    'a/b/c',
    'C:\\models\\tiny',
  ])('%s is none', (text) => {
    expect(parseHubName(text)).toBeUndefined();
  });
});

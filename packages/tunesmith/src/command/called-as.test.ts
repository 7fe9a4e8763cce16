import { expect, test } from 'vitest';
import { calledAs } from './called-as.ts';

test.each([
  ['installed for every folder', {}, 'tunesmith'],
  ['through npx', { npm_command: 'exec', npm_lifecycle_event: 'npx' }, 'npx tunesmith'],
  [
    'as the script of this workspace',
    { npm_command: 'run-script', npm_lifecycle_event: 'tunesmith' },
    'npx --yes pnpm@10 tunesmith',
  ],
])('the command called %s', (_, environment, expected) => {
  expect(calledAs(environment)).toBe(expected);
});

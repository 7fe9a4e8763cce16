import { expect, test } from 'vitest';
import { fromSystem } from './system-error.ts';

const failure = (code: string, more: object) => Object.assign(new Error('raw'), { code, ...more });

test.each([
  [
    failure('EROFS', { syscall: 'mkdir', path: '/ro/x' }),
    '[tunesmith] cannot make the folder /ro/x: the file system is read-only (EROFS); accepted: a folder that can be written to',
    'input',
  ],
  [
    failure('EACCES', { syscall: 'open', path: '/root/a' }),
    '[tunesmith] cannot use /root/a: permission denied (EACCES); accepted: a path that this user may use',
    'input',
  ],
  [failure('ENOSPC', { syscall: 'write' }), '[tunesmith] the disk is full (ENOSPC)', 'failure'],
])('%s is told in words', (error, message, kind) => {
  expect(fromSystem(error, 'tunesmith')).toMatchObject({ message, kind, cause: error });
});

test('what is no error of the system stays what it is', () => {
  expect(fromSystem(new TypeError('x is not a function'), 'tunesmith')).toBeUndefined();
  expect(fromSystem(failure('ERR_OF_OURS', {}), 'tunesmith')).toBeUndefined();
  expect(fromSystem('EACCES', 'tunesmith')).toBeUndefined();
});

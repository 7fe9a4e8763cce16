import { expect, test } from 'vitest';
import { nearest, unknownName } from './nearest.ts';
import { TunesmithError } from './tunesmith-error.ts';

test('a message has the package, the problem, the nearest name and what is accepted', () => {
  const error = new TunesmithError({
    package: '@tunesmith/lora',
    code: 'no-target',
    message: 'target "q_porj" matches no linear map',
    nearest: 'q_proj',
    accepted: ['k_proj', 'q_proj'],
  });
  expect(error.message).toBe(
    '[@tunesmith/lora] target "q_porj" matches no linear map; nearest: "q_proj"; accepted: k_proj, q_proj',
  );
});

test('an error of another copy of the package is recognized, a plain one is not', () => {
  const foreign = Object.defineProperty(new Error('x'), Symbol.for('tunesmith.error'), {
    value: true,
  });
  expect(TunesmithError.is(foreign)).toBe(true);
  expect(TunesmithError.is(new Error('x'))).toBe(false);
  expect(TunesmithError.is({ message: 'x' })).toBe(false);
});

test('a long list is cut, and says by how much', () => {
  const accepted = Array.from({ length: 50 }, (_, index) => `n${index}`);
  expect(new TunesmithError({ package: 'p', code: 'c', message: 'm', accepted }).message).toMatch(
    /n39, and 10 more$/,
  );
});

test.each([
  ['q_porj', 'q_proj'],
  ['LORA', 'lora'],
  ['batchsize', 'batch_size'],
  ['gpu', 'cpu'],
  ['lr', 'learning_rate'],
  ['warmup', 'warmup_steps'],
  ['lora_with_dropout', undefined],
  ['cp', 'cpu'],
  ['x', undefined],
])('the nearest to "%s" is %s', (name, expected) => {
  expect(
    nearest(name, ['cpu', 'lora', 'q_proj', 'batch_size', 'learning_rate', 'warmup_steps']),
  ).toBe(expected);
});

test('an unknown name lists what exists', () => {
  const error = unknownName({
    package: 'tunesmith',
    kind: 'method',
    name: 'lorra',
    names: ['bitfit', 'lora'],
  });
  expect(error.message).toBe(
    '[tunesmith] there is no method named "lorra"; nearest: "lora"; accepted: bitfit, lora',
  );
  expect(error.code).toBe('unknown-name');
});

test('an unknown name where nothing exists says so', () => {
  expect(unknownName({ package: 'p', kind: 'metric', name: 'f1', names: [] }).message).toContain(
    'accepted: nothing (none exist)',
  );
});

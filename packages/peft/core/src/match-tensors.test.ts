import { describe, expect, it } from 'vitest';
import type { HostTensor } from '@tunesmith/runtime';
import { matchTensors } from './match-tensors.ts';

const tensor = (...shape: number[]): HostTensor => ({
  shape,
  dtype: 'float32',
  data: new Float32Array(shape.reduce((size, extent) => size * extent, 1)),
});
const expected = [
  { name: 'q.lora_A.weight', key: 'p.q.lora_A.weight', shape: [2, 3] },
  { name: 'q.lora_B.weight', key: 'p.q.lora_B.weight', shape: [3, 2] },
];
const right = { 'p.q.lora_A.weight': tensor(2, 3), 'p.q.lora_B.weight': tensor(3, 2) };
const match = (tensors: Record<string, HostTensor>) =>
  matchTensors({
    package: '@tunesmith/lora',
    files: { directory: 'here', tensors },
    expected,
    prefix: 'p.',
  });

describe('matchTensors', () => {
  it('gives each tensor its local name', () => {
    expect(match(right)).toEqual({
      'q.lora_A.weight': tensor(2, 3),
      'q.lora_B.weight': tensor(3, 2),
    });
  });

  it('names every missing, extra and mis-shaped tensor at once', () => {
    const wrong = () =>
      match({ 'p.q.lora_A.weight': tensor(4, 3), 'p.r.lora_B.weight': tensor(1) });
    expect(wrong).toThrow(
      'here: tensor "p.q.lora_A.weight" has shape [4, 3] where the model needs [2, 3]',
    );
    expect(wrong).toThrow(
      'tensor "p.q.lora_B.weight" [3, 2] is missing (the file has "p.r.lora_B.weight")',
    );
    expect(wrong).toThrow('tensor "p.r.lora_B.weight" belongs to no part of this adapter');
  });

  it('refuses a tensor that does not hold floating numbers', () => {
    const whole = { shape: [2, 3], dtype: 'int32' as const, data: new Int32Array(6) };
    expect(() => match({ ...right, 'p.q.lora_A.weight': whole })).toThrow(
      'tensor "p.q.lora_A.weight" holds int32 where floating numbers are needed',
    );
  });

  it('explains keys without the prefix, which PEFT would pass over', () => {
    const bare = Object.fromEntries(
      Object.entries(right).map(([key, value]) => [key.slice(2), value]),
    );
    expect(() => match(bare)).toThrow('the keys lack the prefix "p."');
  });

  it('explains keys with the prefix twice', () => {
    const twice = Object.fromEntries(
      Object.entries(right).map(([key, value]) => [`p.${key}`, value]),
    );
    expect(() => match(twice)).toThrow('the keys carry the prefix "p." twice');
  });

  it('explains keys that still hold an adapter name', () => {
    const named = Object.fromEntries(
      Object.entries(right).map(([key, value]) => [
        key.replace('.weight', '.default.weight'),
        value,
      ]),
    );
    expect(() => match(named)).toThrow(
      'the keys still hold an adapter name ("p.q.lora_A.default.weight")',
    );
  });

  it('says so when the file is empty', () => {
    expect(() => match({})).toThrow('the file of tensors is empty');
  });
});

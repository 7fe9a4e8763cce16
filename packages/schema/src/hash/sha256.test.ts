import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { createPortableSha256, createSha256, sha256 } from './sha256.ts';

it('gives the digests of FIPS 180-4', () => {
  for (const create of [createSha256, createPortableSha256]) {
    expect(create().update('abc').hex()).toBe(
      'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    );
    expect(create().hex()).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
  }
});

it('in JavaScript agrees with Node for every length around a block, in pieces or at once', () => {
  const bytes = Uint8Array.from({ length: 300 }, (_, i) => (i * 37 + 11) % 256);
  for (let length = 0; length <= bytes.length; length += 1) {
    const whole = bytes.subarray(0, length);
    const expected = createHash('sha256').update(whole).digest('hex');
    expect(createPortableSha256().update(whole).hex()).toBe(expected);
    const inPieces = createPortableSha256();
    for (let from = 0; from < length; from += 13)
      inPieces.update(whole.subarray(from, Math.min(from + 13, length)));
    expect(inPieces.hex()).toBe(expected);
  }
});

it('takes text as UTF-8 and views as the bytes they show', () => {
  expect(sha256('größe')).toBe(createHash('sha256').update('größe').digest('hex'));
  const floats = new Float32Array([0, 1, -2.5, 7]).subarray(1, 3);
  const bytes = Buffer.from(floats.buffer, 4, 8);
  for (const create of [createSha256, createPortableSha256])
    expect(create().update(floats).hex()).toBe(createHash('sha256').update(bytes).digest('hex'));
});

it('in JavaScript runs where there is no Node', () => {
  const { process } = globalThis;
  try {
    Reflect.deleteProperty(globalThis, 'process');
    expect(sha256('abc')).toMatch(/^ba7816bf/);
  } finally {
    globalThis.process = process;
  }
});

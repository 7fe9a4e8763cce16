import { truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { golden, temporaryFolder } from '../../test-support/fixtures.ts';
import { toHostTensor, type SafetensorsTensor } from './format.ts';
import {
  openSafetensors,
  readSafetensors,
  readWeights,
  writeSafetensors,
} from '../node/safetensors.ts';

/** A file with a given header and data. */
function fileOf(header: string, dataBytes: number): Uint8Array {
  const json = new TextEncoder().encode(header);
  const bytes = new Uint8Array(8 + json.length + dataBytes);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true);
  bytes.set(json, 8);
  return bytes;
}

async function readBytes(bytes: Uint8Array): ReturnType<typeof readSafetensors> {
  const path = join(await temporaryFolder(), 'damaged.safetensors');
  await writeFile(path, bytes);
  return readSafetensors(path);
}

const tensor = (
  name: string,
  begin: number,
  end: number,
  shape = `[${(end - begin) / 4}]`,
): string => `"${name}":{"dtype":"F32","shape":${shape},"data_offsets":[${begin},${end}]}`;

describe('reading', () => {
  test('gives back every type that was written', async () => {
    const path = join(await temporaryFolder(), 'types.safetensors');
    const tensors = {
      wide: { dtype: 'F64', shape: [2], data: Float64Array.of(0.1, -1e300) },
      plain: { dtype: 'F32', shape: [3, 1], data: Float32Array.of(0.5, -0, 3e38) },
      half: { dtype: 'F16', shape: [1], data: Uint16Array.of(0x3c00) },
      brain: { dtype: 'BF16', shape: [1], data: Uint16Array.of(0x3f80) },
      long: { dtype: 'I64', shape: [1], data: BigInt64Array.of(-(2n ** 62n)) },
      int: { dtype: 'I32', shape: [], data: Int32Array.of(-7) },
      short: { dtype: 'I16', shape: [1], data: Int16Array.of(-300) },
      signless: { dtype: 'U64', shape: [1], data: BigUint64Array.of(2n ** 63n) },
      large: { dtype: 'U32', shape: [1], data: Uint32Array.of(2 ** 32 - 1) },
      port: { dtype: 'U16', shape: [1], data: Uint16Array.of(65535) },
      small: { dtype: 'F8_E4M3', shape: [2], data: Uint8Array.of(0x38, 0x7e) },
      ranging: { dtype: 'F8_E5M2', shape: [1], data: Uint8Array.of(0x7b) },
      byte: { dtype: 'U8', shape: [3], data: Uint8Array.of(0, 128, 255) },
      flag: { dtype: 'BOOL', shape: [2], data: Uint8Array.of(1, 0) },
      none: { dtype: 'F32', shape: [0, 4], data: new Float32Array(0) },
    } as const;
    await writeSafetensors(path, tensors, { format: 'pt', note: 'ä' });
    const read = await readSafetensors(path);
    expect(read.tensors).toEqual(tensors);
    expect(read.metadata).toEqual({ format: 'pt', note: 'ä' });
  });

  test.for(['constructor', 'toString', ''])(
    'takes a tensor named "%s" as any other',
    async (name) => {
      const { tensors } = await readBytes(
        fileOf(`{${tensor(name, 0, 0)},${tensor('a', 0, 4)}}`, 4),
      );
      expect(Object.keys(tensors)).toEqual([name, 'a']);
      expect(Object.hasOwn(Object.prototype, 'dtype')).toBe(false);
    },
  );

  test('takes a long string of metadata', async () => {
    const note = '\\n'.repeat(5_000_000);
    const { metadata } = await readBytes(
      fileOf(`{"__metadata__":{"note":"${note}"},${tensor('a', 0, 4)}}`, 4),
    );
    expect(metadata['note']).toHaveLength(5_000_000);
  });

  test('widens to float32 where it lies, whole or in part', async () => {
    const file = await openSafetensors(`${golden('llama_bfloat16')}/model.safetensors`);
    const whole = toHostTensor(await file.read('lm_head.weight'), 'lm_head.weight');
    expect(await file.readFloat32('lm_head.weight')).toEqual(whole.data);
    const part = new Float32Array(5);
    await file.readFloat32Into('lm_head.weight', part, 17);
    expect(part).toEqual(whole.data.slice(17, 22));
  });

  test.for<[problem: string, bytes: Uint8Array, message: RegExp]>([
    [
      'a file cut off in its data',
      fileOf(`{${tensor('a', 0, 8)}}`, 4),
      /the file is cut off: tensor "a" ends at byte 8 of the data, which has 4/,
    ],
    [
      'a header longer than the file',
      fileOf('{}', 0).slice(0, 9),
      /the header claims 2 bytes, the file has 9/,
    ],
    [
      'JSON of another kind',
      new TextEncoder().encode('{"version": "1.0"}'),
      /this is no file of safetensors: the ninth byte of one is "\{"/,
    ],
    [
      'a header length beyond any file',
      Uint8Array.of(255, 255, 255, 255, 255, 255, 255, 255, 123, 125),
      /the header claims 18446744073709552000 bytes, the file has 10/,
    ],
    ['a file shorter than its first number', Uint8Array.of(1, 2), /the file is cut off at byte 2/],
    ['a header that is not JSON', fileOf('{"a":', 0), /the header is not JSON/],
    ['a header that is no object', fileOf('[1]', 0), /the header is not a JSON object/],
    [
      'a header that is not UTF-8',
      fileOf(`{${tensor('ab', 0, 4)}}`, 4).with(10, 0xff),
      /the header is not JSON/,
    ],
    [
      'metadata that are not strings',
      fileOf('{"__metadata__":{"a":1}}', 0),
      /__metadata__ must map strings to strings/,
    ],
    ['a tensor that is no object', fileOf('{"a":1}', 0), /tensor "a" is not/],
    [
      'bytes after the last tensor',
      fileOf(`{${tensor('a', 0, 4)}}`, 7),
      /3 bytes after tensor "a" belong to no tensor/,
    ],
    [
      'offsets that run backwards',
      fileOf(`{${tensor('a', 8, 4, '[1]')}}`, 8),
      /its offsets \[8, 4\] give -4/,
    ],
    [
      'a shape with more elements than the file has bytes',
      fileOf(`{${tensor('a', 0, 4, '[9007199254740991, 9007199254740991]')}}`, 4),
      /tensor "a" of type F32 and shape .* needs 3.245\d*e\+32 bytes/,
    ],
    [
      'a shape with half an element',
      fileOf(`{${tensor('a', 0, 4, '[0.5, 2]')}}`, 4),
      /tensor "a" has shape \[0.5,2\]/,
    ],
    [
      'a type named like a property of every object',
      fileOf('{"a":{"dtype":"constructor","shape":[1],"data_offsets":[0,1]}}', 1),
      /tensor "a" has data type "constructor"; accepted: F64, F32/,
    ],
    [
      'tensors that overlap',
      fileOf(`{${tensor('a', 0, 8)},${tensor('b', 4, 12)}}`, 12),
      /tensor "b" \(from byte 4\) overlaps tensor "a" \(to byte 8\)/,
    ],
    [
      'bytes that belong to no tensor',
      fileOf(`{${tensor('a', 0, 4)},${tensor('b', 8, 12)}}`, 12),
      /4 bytes between tensor "a" and tensor "b"/,
    ],
    [
      'a tensor that would change a prototype',
      fileOf(
        `{${tensor('a', 0, 4)},"__proto__":{"dtype":"F32","shape":[0],"data_offsets":[4,4]}}`,
        4,
      ),
      /no tensor can be named "__proto__"/,
    ],
    [
      'a name that appears twice',
      fileOf(`{${tensor('a', 0, 4)},${tensor('a', 4, 8)}}`, 8),
      /tensor "a" appears twice/,
    ],
    [
      'offsets that do not fit the shape',
      fileOf(`{${tensor('a', 0, 8, '[3]')}}`, 8),
      /tensor "a" of type F32 and shape \[3\] needs 12 bytes, its offsets \[0, 8\] give 8/,
    ],
    [
      'an unknown type',
      fileOf('{"a":{"dtype":"F4","shape":[1],"data_offsets":[0,1]}}', 1),
      /tensor "a" has data type "F4"; accepted: F64, F32/,
    ],
    [
      'a shape that is none',
      fileOf(`{${tensor('a', 0, 4, '[-1]')}}`, 4),
      /tensor "a" has shape \[-1\]/,
    ],
  ])('refuses %s', async ([, bytes, message]) => {
    await expect(readBytes(bytes)).rejects.toThrow(message);
  });
});

test.each([
  // As torch.float8_e4m3fn and torch.float8_e5m2 have them.
  [
    'F8_E4M3',
    [0, 1, 0x38, 0x7e, 0x7f, 0x80, 0x89],
    [0, 2 ** -9, 1, 448, NaN, -0, -(1.125 * 2 ** -6)],
  ],
  [
    'F8_E5M2',
    [0, 1, 0x3e, 0x7b, 0x7c, 0xfc, 0xfd],
    [0, 2 ** -16, 1.5, 57344, Infinity, -Infinity, NaN],
  ],
] as const)('numbers of type %s become float32', (dtype, bits, values) => {
  const shape = [bits.length];
  expect(toHostTensor({ dtype, shape, data: Uint8Array.from(bits) }, 'a')).toEqual({
    dtype: 'float32',
    shape,
    data: Float32Array.from(values),
  });
});

describe('what is not a finite number', () => {
  const floats = (...values: number[]) =>
    ({ dtype: 'F32', data: Float32Array.from(values) }) as const;
  const halves = (dtype: 'F16' | 'BF16', ...bits: number[]) =>
    ({ dtype, data: Uint16Array.from(bits) }) as const;

  test.for<[Pick<SafetensorsTensor, 'dtype' | 'data'>, RegExp]>([
    [floats(1, NaN, 2, NaN), /holds NaN at element 1; 2 of its 4 elements are not finite/],
    [floats(-Infinity), /holds -Infinity at element 0; 1 of its 1 elements/],
    [halves('F16', 0x7bff, 0x7c00), /holds Infinity at element 1; 1 of its 2/],
    [halves('F16', 0xfe00), /holds NaN at element 0/],
    [halves('BF16', 0x7f7f, 0xff80), /holds -Infinity at element 1/],
    [halves('BF16', 0x7fff), /holds NaN at element 0/],
    [
      { dtype: 'F64', data: Float64Array.of(1e300) },
      /holds Infinity at element 0; 1 of its 1 elements are not finite in float32/,
    ],
  ])('in weights is named with its tensor and file: %o', async ([stored, message]) => {
    const path = join(await temporaryFolder(), 'weights.safetensors');
    const b = { ...stored, shape: [stored.data.length] } as SafetensorsTensor;
    await writeSafetensors(path, { a: { ...floats(1), shape: [1] }, b });
    const file = await openSafetensors(path);
    for (const read of [() => file.readFloat32('b'), () => readWeights(path)]) {
      await expect(read()).rejects.toThrow(message);
      await expect(read()).rejects.toThrow('weights.safetensors: tensor "b"');
    }
    expect((await readSafetensors(path)).tensors['b']).toEqual(b);
  });

  test('is not the largest number of a type', async () => {
    const path = join(await temporaryFolder(), 'weights.safetensors');
    await writeSafetensors(path, {
      wide: { dtype: 'F64', shape: [1], data: Float64Array.of(3.4e38) },
      plain: { dtype: 'F32', shape: [2], data: Float32Array.of(3.4028234663852886e38, 1e-45) },
      half: { dtype: 'F16', shape: [1], data: Uint16Array.of(0xfbff) },
      brain: { dtype: 'BF16', shape: [1], data: Uint16Array.of(0xff7f) },
    });
    expect((await readWeights(path))['half']!.data).toEqual(Float32Array.of(-65504));
  });
});

test('a tensor beyond the memory of the machine is refused by name', async () => {
  const path = join(await temporaryFolder(), 'sparse.safetensors');
  const bytes = 2 ** 43;
  const header = fileOf(`{${tensor('a', 0, bytes)}}`, 0);
  await writeFile(path, header);
  await truncate(path, header.length + bytes);
  const file = await openSafetensors(path);
  for (const read of [file.read('a'), file.readFloat32('a')])
    await expect(read).rejects.toThrow(/tensor "a" takes 8796093022208 bytes, more memory/);
});

test('a folder in the place of a file is refused', async () => {
  await expect(openSafetensors(await temporaryFolder())).rejects.toThrow(
    /cannot be read: it is not a file/,
  );
});

describe('writing', () => {
  test('narrows float32 tensors on request', async () => {
    const path = join(await temporaryFolder(), 'narrow.safetensors');
    const weight = { dtype: 'float32', shape: [2], data: Float32Array.of(1, 0.1) } as const;
    await writeSafetensors(path, { weight }, { format: 'pt' }, { floating: 'bfloat16' });
    expect((await readSafetensors(path)).tensors['weight']).toEqual({
      dtype: 'BF16',
      shape: [2],
      data: Uint16Array.of(0x3f80, 0x3dcd),
    });
  });

  test('refuses a shape that does not fit its data', async () => {
    const weight = { dtype: 'float32', shape: [3], data: new Float32Array(2) } as const;
    await expect(writeSafetensors('unwritten', { weight })).rejects.toThrow(
      /tensor "weight" of shape \[3\] has 2 elements/,
    );
  });
});

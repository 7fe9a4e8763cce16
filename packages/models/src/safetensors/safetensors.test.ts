import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { golden, temporaryFolder } from '../../test-support/fixtures.ts';
import { writeFileAtomically } from './atomic.ts';
import { toHostTensor } from './format.ts';
import { openSafetensors, readSafetensors } from './read.ts';
import { writeSafetensors } from './write.ts';

/** A file with a given header and data. */
function fileOf(header: string, dataBytes: number): Uint8Array {
  const json = new TextEncoder().encode(header);
  const bytes = new Uint8Array(8 + json.length + dataBytes);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true);
  bytes.set(json, 8);
  return bytes;
}

async function readBytes(bytes: Uint8Array): Promise<unknown> {
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
      byte: { dtype: 'U8', shape: [3], data: Uint8Array.of(0, 128, 255) },
      flag: { dtype: 'BOOL', shape: [2], data: Uint8Array.of(1, 0) },
      none: { dtype: 'F32', shape: [0, 4], data: new Float32Array(0) },
    } as const;
    await writeSafetensors(path, tensors, { format: 'pt', note: 'ä' });
    const read = await readSafetensors(path);
    expect(read.tensors).toEqual(tensors);
    expect(read.metadata).toEqual({ format: 'pt', note: 'ä' });
  });

  test('converts through a small buffer to float32, as it is needed', async () => {
    const file = await openSafetensors(`${golden('llama_bfloat16')}/model.safetensors`);
    const whole = toHostTensor(await file.read('lm_head.weight'), 'lm_head.weight');
    expect(await file.readFloat32('lm_head.weight')).toEqual(whole.data);
    await file.close();
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
    ['a header that is not JSON', fileOf('{"a":', 0), /the header is not JSON/],
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
      fileOf('{"a":{"dtype":"F8_E4M3","shape":[1],"data_offsets":[0,1]}}', 1),
      /tensor "a" has data type "F8_E4M3"; accepted: F64, F32/,
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

  test('keeps the earlier file and leaves nothing behind when the disk is full', async () => {
    const folder = await temporaryFolder();
    const path = join(folder, 'model.safetensors');
    await writeFileAtomically(path, 'earlier');
    const full = writeFileAtomically(path, async (write) => {
      await write(new Uint8Array(1000));
      throw Object.assign(new Error('ENOSPC: no space left on device, write'), {
        code: 'ENOSPC',
        syscall: 'write',
      });
    });
    await expect(full).rejects.toThrow(
      /model.safetensors was not written: the disk is full; a file of that name is as it was before/,
    );
    expect(await readFile(path, 'utf8')).toBe('earlier');
    expect(await readdir(folder)).toEqual(['model.safetensors']);
  });
});

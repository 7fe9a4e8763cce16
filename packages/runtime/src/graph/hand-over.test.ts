import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import type { Value } from './graph.ts';
import { handOver } from './hand-over.ts';
import { valueName } from './onnx.ts';

const size = 2 ** 21;

/** Two matrices of 8 MiB, which is enough for files; how often each was read. */
function matrices(areSpare = true) {
  const given: Float32Array[] = [];
  const values = [1, 2].map((id): Value => ({ id, shape: [size], element: 'float32' }));
  const outside = new Map(
    values.map((value) => [
      value,
      {
        byteLength: 4 * size,
        read: async () => {
          const data = new Float32Array(size).fill(value.id);
          given.push(data);
          return { data, areSpare };
        },
      },
    ]),
  );
  return { values, outside, given };
}

function folderOf(options: { extra?: unknown }): string | undefined {
  const { session } = options.extra as { session: Record<string, string> };
  return session['model_external_initializers_file_folder_path'];
}

afterEach(() => vi.unstubAllEnvs());

test('large matrices go through files, each given back once it is written, and the folder goes with them', async () => {
  const { values, outside, given } = matrices();
  const session = { extra: { session: { intra_op: { allow_spinning: '1' } } } };
  const { options, done } = await handOver(outside, session);
  const folder = folderOf(options)!;
  const written = await readFile(join(folder, valueName(values[1]!)));
  expect(written.byteLength).toBe(4 * size);
  expect(written.readFloatLE(0)).toBe(2);
  expect(given.map(({ length }) => length)).toEqual([0, 0]);
  expect(options.extra).toMatchObject(session.extra);
  expect(options.externalData).toBeUndefined();
  await done();
  expect(existsSync(folder)).toBe(false);
});

test('arrays of somebody else stay', async () => {
  const { outside, given } = matrices(false);
  await (await handOver(outside, {})).done();
  expect(given.map(({ length }) => length)).toEqual([size, size]);
});

test('without a folder to write to, memory is the way', async () => {
  vi.stubEnv('TMPDIR', '/there/is/no/such/folder');
  const { values, outside, given } = matrices();
  const { options, done } = await handOver(outside, {});
  expect(options.externalData?.map((file) => (file as { path: string }).path)).toEqual(
    values.map(valueName),
  );
  expect(given.map(({ length }) => length)).toEqual([size, size]);
  await done();
  expect(given.map(({ length }) => length)).toEqual([0, 0]);
});

test('what cannot be read leaves no folder behind', async () => {
  const { values, outside } = matrices();
  const folders: string[] = [];
  outside.set(values[1]!, {
    byteLength: 4 * size,
    read: async () => {
      throw new Error('the checkpoint is gone');
    },
  });
  await expect(
    handOver(outside, {}).then(({ options }) => folders.push(folderOf(options)!)),
  ).rejects.toThrow('the checkpoint is gone');
  expect(folders).toEqual([]);
});

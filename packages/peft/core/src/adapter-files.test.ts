import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { overlayWeights } from '@tunesmith/models';
import { writeSafetensors } from '@tunesmith/models/node';
import type { Model } from '@tunesmith/models';
import type { Adapter, PeftMethod } from './contract.ts';
import { createAdapter } from './create-adapter.ts';
import { loadAdapter } from './node/load-adapter.ts';
import { saveAdapter } from './node/save-adapter.ts';
import { baseModel } from './test-support/base-models.ts';
import { shift } from './test-support/shift-method.ts';
import type { ShiftConfig } from './test-support/shift-method.ts';

let model: Model;
let folder: string;
beforeAll(async () => {
  model = await baseModel('llama');
  folder = await mkdtemp(join(tmpdir(), 'adapter-files-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const adapter = (start = 2): Promise<Adapter<ShiftConfig>> =>
  createAdapter({ model, method: shift, config: { start }, seed: 0 });
const load = (directory: string, methods: readonly PeftMethod[] = [shift]) =>
  loadAdapter(directory, { model, methods });

describe('saveAdapter', () => {
  it('writes two files into a directory that appears whole', async () => {
    const directory = join(folder, 'new', 'deep');
    await saveAdapter(directory, await adapter(), { baseModel: 'base' });
    expect((await readdir(directory)).sort()).toEqual(['adapter_config.json', 'shift.safetensors']);
    expect(await readdir(join(folder, 'new'))).toEqual(['deep']);
    expect((await load(directory)).parameters).toEqual((await adapter()).parameters);
  });

  it('replaces its own files in a directory and leaves others alone', async () => {
    const directory = join(folder, 'used');
    await mkdir(directory);
    await writeFile(join(directory, 'notes.txt'), 'mine');
    await saveAdapter(directory, await adapter(1), { baseModel: 'base' });
    await saveAdapter(directory, await adapter(5), { baseModel: 'base' });
    expect((await load(directory)).config).toEqual({ start: 5, base: [] });
    expect(await readFile(join(directory, 'notes.txt'), 'utf8')).toBe('mine');
  });

  it('leaves nothing behind, and the old files as they were, when writing fails', async () => {
    const directory = join(folder, 'kept');
    await saveAdapter(directory, await adapter(1), { baseModel: 'base' });
    // A folder stands where the file of tensors would go: the disk refuses only after everything was written beside it.
    await rm(join(directory, 'shift.safetensors'));
    await mkdir(join(directory, 'shift.safetensors'));
    const config = await readFile(join(directory, 'adapter_config.json'), 'utf8');
    const before = await readdir(folder);
    await expect(
      saveAdapter(directory, await adapter(9), { baseModel: 'base' }),
    ).rejects.toMatchObject({
      code: 'write-failed',
      kind: 'failure',
    });
    expect(await readFile(join(directory, 'adapter_config.json'), 'utf8')).toBe(config);
    expect(await readdir(folder)).toEqual(before);
  });

  it('says where it could not write', async () => {
    await writeFile(join(folder, 'file'), '');
    const inside = join(folder, 'file', 'adapter');
    await expect(saveAdapter(inside, await adapter(), { baseModel: 'base' })).rejects.toThrow(
      `adapter "default" was not written to ${inside}: `,
    );
  });
});

describe('the base an adapter was made for', () => {
  const made = async (name: string): Promise<string> => {
    const directory = join(folder, name);
    await saveAdapter(directory, await adapter(), { baseModel: 'models/base', model });
    return directory;
  };
  const warningsOn = async (directory: string, base: Model): Promise<string[]> => {
    const heard: string[] = [];
    await loadAdapter(directory, {
      model: base,
      methods: [shift],
      onWarning: ({ message }) => heard.push(message),
    });
    return heard;
  };
  const changed = async (): Promise<Model> => {
    const [name = ''] = model.weights.names;
    const tensor = await model.weights.read(name);
    const data = Float32Array.from(tensor.data);
    data[7]! += 1e-4;
    return { ...model, weights: overlayWeights(model.weights, { [name]: { ...tensor, data } }) };
  };

  it('is kept in a file of its own', async () => {
    const directory = await made('recorded');
    expect(JSON.parse(await readFile(join(directory, 'tunesmith.json'), 'utf8'))).toEqual({
      format: 1,
      base: { name: 'models/base', fingerprint: expect.stringMatching(/^sha256:[0-9a-f]{64}$/) },
    });
  });

  it('is silent on that base and warns on another one of the same shapes', async () => {
    const directory = await made('compared');
    expect(await warningsOn(directory, model)).toEqual([]);
    expect(await warningsOn(directory, await changed())).toEqual([
      expect.stringContaining('was made for another base model (models/base)'),
    ]);
  });

  it('is forgotten when an adapter without one takes its place', async () => {
    const directory = await made('replaced');
    await saveAdapter(directory, await adapter(), { baseModel: 'base' });
    expect((await readdir(directory)).sort()).toEqual(['adapter_config.json', 'shift.safetensors']);
    expect(await warningsOn(directory, await changed())).toEqual([]);
  });

  it('must be readable', async () => {
    const directory = await made('unreadable');
    await writeFile(join(directory, 'tunesmith.json'), '{"base": 3}');
    await expect(load(directory)).rejects.toThrow('does not say which base model');
  });
});

describe('loadAdapter', () => {
  it('takes the method that claims the files', async () => {
    const directory = join(folder, 'claimed');
    await saveAdapter(directory, await adapter(), { baseModel: 'base' });
    const other: PeftMethod<ShiftConfig> = {
      ...shift,
      name: 'other',
      files: { ...shift.files, marker: 'kind "other"', recognizes: () => false },
    };
    expect((await load(directory, [other, shift])).method).toBe(shift);
    await expect(load(directory, [other])).rejects.toMatchObject({
      code: 'unknown-adapter-format',
      accepted: ['kind "other" (other)'],
    });
  });

  it.each([
    [
      'lora.gguf',
      /lora\.gguf is a file; an adapter is a folder .* LoRA in GGUF is written for llama\.cpp, and not read/,
    ],
    [
      'shift.safetensors',
      /shift\.safetensors is a file; an adapter is a folder with adapter_config\.json/,
    ],
  ])('says that %s is no folder', async (name, message) => {
    await writeFile(join(folder, name), 'GGUF');
    await expect(load(join(folder, name))).rejects.toThrow(message);
  });

  it.each([
    ['no configuration', {}, /adapter_config.json cannot be read/],
    [
      'a configuration that is no JSON',
      { 'adapter_config.json': '{' },
      /adapter_config.json is not JSON/,
    ],
    [
      'a configuration that is a list',
      { 'adapter_config.json': '[]' },
      /does not hold a JSON object/,
    ],
    [
      'no tensors',
      { 'adapter_config.json': '{"kind":"shift"}' },
      /shift.safetensors does not exist/,
    ],
    [
      'pickled tensors',
      { 'adapter_config.json': '{"kind":"shift"}', 'shift.bin': '' },
      /shift.bin is a Python pickle, which is not read/,
    ],
    [
      'an unknown type',
      { 'adapter_config.json': '{"peft_type":"HRA"}' },
      /has peft_type "HRA"; accepted: kind "shift" \(shift\)/,
    ],
  ])('says what is wrong with a directory that has %s', async (name, files, message) => {
    const directory = join(folder, name);
    await mkdir(directory);
    for (const [file, text] of Object.entries(files)) await writeFile(join(directory, file), text);
    await expect(load(directory)).rejects.toThrow(message);
  });

  it('widens half precision', async () => {
    const directory = join(folder, 'half');
    await saveAdapter(directory, await adapter(1.5), { baseModel: 'base' });
    const path = join(directory, 'shift.safetensors');
    await writeSafetensors(
      path,
      (await adapter(1.5)).parameters,
      { format: 'pt' },
      { floating: 'bfloat16' },
    );
    expect((await load(directory)).parameters).toEqual((await adapter(1.5)).parameters);
  });

  it('refuses an adapter that repeats a base tensor of another model', async () => {
    const directory = join(folder, 'repeats');
    await saveAdapter(directory, await adapter(), { baseModel: 'base' });
    const norm = await model.weights.read('model.norm.weight');
    const repeating = (value: number): PeftMethod<ShiftConfig> => ({
      ...shift,
      files: {
        ...shift.files,
        read: (files, spec) => ({
          ...shift.files.read(files, spec),
          repeated: {
            'model.norm.weight': {
              ...norm,
              data: Float32Array.from(norm.data, (element) => element + value),
            },
          },
        }),
      },
    });
    expect((await load(directory, [repeating(0)])).config).toMatchObject({ start: 2 });
    await expect(load(directory, [repeating(1)])).rejects.toMatchObject({
      code: 'other-base-model',
    });
  });
});

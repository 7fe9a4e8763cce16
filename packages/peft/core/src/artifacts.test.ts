import { describe, expect, test, vi } from 'vitest';
import { createArtifacts, noArtifacts } from './artifacts.ts';
import type { Artifact } from './contract.ts';
import { createAdapter } from './create-adapter.ts';
import { baseModel } from './test-support/base-models.ts';
import { shift } from './test-support/shift-method.ts';

const tensors = (value: number): Artifact => ({
  kind: 'tensors',
  tensors: { start: { shape: [1], dtype: 'float32', data: Float32Array.of(value) } },
  json: { about: 'a start' },
});
const one = vi.fn(async () => tensors(1));
const artifacts = createArtifacts({ one: [one], both: [async () => tensors(2), one] });

describe('artifacts', () => {
  test('are got by the names that a recipe gives them', async () => {
    expect(artifacts.names).toEqual(['one', 'both']);
    expect(await artifacts.get('one')).toEqual(tensors(1));
  });

  test('of which a recipe lists several come in its order', async () => {
    expect(await artifacts.all('both')).toEqual([tensors(2), tensors(1)]);
  });

  test('are read once, and only where somebody asks', async () => {
    one.mockClear();
    const asked = createArtifacts({ one: [one], other: [one] });
    expect(one).not.toHaveBeenCalled();
    await asked.get('one');
    await asked.all('one');
    expect(one).toHaveBeenCalledOnce();
  });

  test('that are several where one is wanted are an error', async () => {
    await expect(artifacts.get('both')).rejects.toMatchObject({
      code: 'several-artifacts',
      message: expect.stringContaining('artifact "both" is 2 artifacts, and the method takes one'),
    });
  });

  test('that nobody named are an error, with the nearest name', async () => {
    await expect(artifacts.all('bath')).rejects.toThrow(
      'there is no artifact named "bath"; nearest: "both"; accepted: one, both',
    );
    await expect(noArtifacts.get('one')).rejects.toMatchObject({ code: 'unknown-name' });
  });
});

describe('a method that builds on something', () => {
  const continued = {
    ...shift,
    prepare: async (
      config: { start: number; base: string[] },
      context: { artifacts: typeof artifacts },
    ) => {
      const found = await context.artifacts.get('source');
      if (found.kind === 'tensors') return { ...config, start: found.tensors['start']!.data[0]! };
      const { data } = found.adapter.parameters['shift']!;
      return { ...config, start: data[0]! };
    },
  };
  const create = async (source: () => Promise<Artifact>) =>
    createAdapter({
      model: await baseModel('llama'),
      method: continued as never,
      seed: 0,
      artifacts: createArtifacts({ source: [source] }),
    });

  test('starts from tensors', async () => {
    const { parameters } = await create(async () => tensors(0.25));
    expect(parameters['shift']!.data[0]).toBe(0.25);
  });

  test('starts from another adapter', async () => {
    const model = await baseModel('llama');
    const adapter = await createAdapter({ model, method: shift, config: { start: 0.5 }, seed: 0 });
    const { parameters } = await create(async () => ({
      kind: 'adapter',
      adapter: adapter as never,
    }));
    expect(parameters['shift']!.data[0]).toBe(0.5);
  });

  test('does not start where that cannot be read', async () => {
    const gone = create(() => Promise.reject(new Error('the file is gone')));
    await expect(gone).rejects.toThrow('the file is gone');
    await expect(
      createAdapter({ model: await baseModel('llama'), method: continued as never, seed: 0 }),
    ).rejects.toThrow('there is no artifact named "source"');
  });
});

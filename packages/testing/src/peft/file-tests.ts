import { join } from 'node:path';
import { TunesmithError } from '@tunesmith/schema';
import { readSafetensors, writeSafetensors } from '@tunesmith/models/node';
import { largestDifference } from '@tunesmith/peft';
import { loadAdapter, saveAdapter } from '@tunesmith/peft/node';
import type { Adapter } from '@tunesmith/peft';
import { expect, it } from 'vitest';
import type { Subject } from './subject.ts';

/** What the files of an adapter give back, and what they refuse. */
export function fileTests<Config extends object>(subject: Subject<Config>): void {
  const { suite, model, trained, run } = subject;
  const { method } = suite;

  it('comes back from its files, to the bit', async () => {
    const adapter = await trained();
    const folder = subject.folder('saved');
    await saveAdapter(folder, adapter, { baseModel: 'tiny' });
    const loaded = await loadAdapter(folder, { model, methods: [method] });
    expect(loaded.name).toBe(adapter.name);
    const [one, other] = [await run({ adapter: loaded }), await run({ adapter })];
    if (suite.storedInAnotherForm === true) {
      expect(largestDifference(one, other)).toBeLessThan(1e-5);
      return;
    }
    expect(loaded.parameters).toEqual(adapter.parameters);
    expect(one.data).toEqual(other.data);
  });

  it('refuses files with a missing, an extra or a mis-shaped tensor, and names it', async () => {
    const folder = subject.folder('damaged');
    await saveAdapter(folder, await trained(), { baseModel: 'tiny' });
    const path = join(folder, method.files.tensorFile);
    const { tensors, metadata } = await readSafetensors(path);
    expect(metadata).toEqual({ format: 'pt' });
    const [key = ''] = Object.keys(tensors);
    const { [key]: first, ...others } = tensors;
    const load = (): Promise<Adapter> => loadAdapter(folder, { model, methods: [method] });
    const wrong = { shape: [1, 2, 3], dtype: 'F32' as const, data: new Float32Array(6) };
    for (const [name, damaged] of [
      [key, others],
      ['surplus', { ...tensors, surplus: wrong }],
      [key, { ...tensors, [key]: wrong }],
    ] as const) {
      await writeSafetensors(path, damaged, metadata);
      const error: unknown = await load().then(
        () => undefined,
        (reason: unknown) => reason,
      );
      expect(TunesmithError.is(error) && error.code).toMatch(
        /^(adapter-tensors|invalid-adapter-configuration)$/,
      );
      expect(String(error)).toContain(`"${name}"`);
    }
    expect(first).toBeDefined();
  });
}

import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { placeModel } from '@tunesmith/models';
import type { Model } from '@tunesmith/models';
import { loadModel } from '@tunesmith/models/node';
import { adapterLogits, exportAdapter, largestDifference, type PeftMethod } from '@tunesmith/peft';
import { loadAdapter } from '@tunesmith/peft/node';
import { openDevice } from '@tunesmith/runtime/node';
import { nodeFiles } from '@tunesmith/schema/node';
import { readExpectedLogits } from '@tunesmith/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pfeiffer } from '../bottleneck/method.ts';
import { adapterFusion } from './method.ts';

const golden = (path: string): string => new URL(`../../golden/${path}`, import.meta.url).pathname;
const methods = [pfeiffer, adapterFusion] as unknown as PeftMethod[];
const written = golden('setup/fuse-from-adapterhub');

let model: Model;
let work: string;
beforeAll(async () => {
  model = await loadModel(
    new URL('../../../../models/test-support/fixtures/bert_mlm', import.meta.url).pathname,
  );
  work = await mkdtemp(join(tmpdir(), 'setup-'));
});
afterAll(() => rm(work, { recursive: true, force: true }));

describe('a fusion as AdapterHub arranges it', () => {
  it('is read as the Python package `adapters` wrote it, with its logits', async () => {
    const adapter = await loadAdapter(written, { model, methods });
    expect(adapter.method.name).toBe('adapter-fusion');
    expect(adapter.config).toMatchObject({ value: true, regularization: 0.01, dropout: 0 });
    const { ids, logits } = await readExpectedLogits(written, 'logits.safetensors');
    const device = await openDevice('tfjs-cpu');
    const placed = await placeModel(model, device);
    const found = await adapterLogits({ placed, adapters: [{ adapter }], ids });
    await device.close();
    expect(largestDifference(found, logits)).toBeLessThan(1e-4);
  });

  // packages/peft/adapter/golden/check_adapterhub.py shows the kept folder to the Python package `adapters`.
  it('is exported, to the bit, as that package has loaded it, and read again', async () => {
    const own = await loadAdapter(golden('fusion/bert-fusion'), { model, methods });
    const [out, kept] = [join(work, 'exported'), golden('setup/bert-fusion')];
    await exportAdapter(nodeFiles(out), own, { baseModel: 'bert_mlm' });
    if (process.env['UPDATE_GOLDEN'] === '1') {
      await cp(out, kept, { recursive: true });
      const logits = 'logits.safetensors';
      await cp(golden(`fusion/bert-fusion/${logits}`), join(kept, logits));
    }
    const files = (await readdir(out, { recursive: true, withFileTypes: true }))
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => join(parentPath, name).slice(out.length + 1));
    expect(files.toSorted()).toEqual([
      'adapter_setup.json',
      'letters/adapter.safetensors',
      'letters/adapter_config.json',
      'poems,letters/adapter_fusion_config.json',
      'poems,letters/model_adapter_fusion.safetensors',
      'poems/adapter.safetensors',
      'poems/adapter_config.json',
    ]);
    for (const file of files)
      expect((await readFile(join(out, file))).equals(await readFile(join(kept, file))), file).toBe(
        true,
      );
    const again = await loadAdapter(out, { model, methods });
    expect(again.config).toEqual(own.config);
    expect(again.parameters).toEqual(own.parameters);
  });

  it.each([
    ['heads', { head_setup: { type: 'single', children: ['one'] } }, 'has heads'],
    [
      'what is no adapter',
      {
        adapter_setup: {
          type: 'Fuse',
          children: [
            { type: 'single', children: ['one'] },
            { type: 'single', children: ['../two'] },
          ],
        },
      },
      'children[1].children[0] is "../two"',
    ],
    [
      'an adapter that is not there',
      {
        adapter_setup: {
          type: 'Fuse',
          children: ['one', 'three'].map((name) => ({ type: 'single', children: [name] })),
        },
      },
      'three/adapter_config.json',
    ],
    [
      'other compositions',
      { adapter_setup: { type: 'Parallel', children: [] } },
      'adapter_config.json',
    ],
  ])('is refused with %s', async (name, changes, message) => {
    const folder = join(work, name);
    await cp(written, folder, { recursive: true });
    const file = join(folder, 'adapter_setup.json');
    const setup = JSON.parse(await readFile(file, 'utf8')) as object;
    await writeFile(file, JSON.stringify({ ...setup, ...changes }));
    await expect(loadAdapter(folder, { model, methods })).rejects.toThrow(message);
  });

  it('is not what other methods have', async () => {
    const one = await loadAdapter(join(written, 'one'), { model, methods });
    await expect(
      exportAdapter(nodeFiles(join(work, 'none')), one, { baseModel: 'bert_mlm' }),
    ).rejects.toMatchObject({ code: 'no-layout' });
  });
});

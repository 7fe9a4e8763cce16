import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { placeModel, toHostTensor } from '@tunesmith/models';
import type { Model } from '@tunesmith/models';
import { loadModel, readSafetensors, writeSafetensors } from '@tunesmith/models/node';
import { adapterLogits, createAdapter, largestDifference } from '@tunesmith/peft';
import { saveAdapter } from '@tunesmith/peft/node';
import type { Artifacts, PeftMethod } from '@tunesmith/peft';
import { openDevice } from '@tunesmith/runtime/node';
import { describe, expect, it } from 'vitest';
import { perturbed } from './perturb.ts';

/** One adapter whose files are kept in the repository, because another program has loaded them. */
export interface WrittenAdapterCase {
  /** Folder of the files, below the folder of all cases. */
  readonly name: string;
  /** Folder of the base model, below the folder of all base models. */
  readonly base: string;
  /** Settings of the method. */
  readonly config: object;
  /** What the method builds on, where it builds on anything. */
  readonly artifacts?: (model: Model) => Promise<Artifacts>;
}

const ids = [
  [5, 17, 33, 2, 60, 41, 8],
  [1, 63, 12, 12, 30, 7, 54],
];

/**
 * Shows that adapters are written to the bit as in the kept files, which the program that owns the format has loaded with
 * the logits kept beside them (`logits.safetensors`: `input_ids` and `logits`).
 *
 * With `UPDATE_GOLDEN=1` in the environment the files are written instead; show them to that program again afterwards.
 *
 * @param method writes the adapters
 * @param folders where base models and cases lie
 */
export function testWrittenAdapter<Config extends object>(
  method: PeftMethod<Config>,
  folders: { readonly models: string; readonly cases: string },
  cases: readonly WrittenAdapterCase[],
): void {
  describe.each(cases)(`files of ${method.name}: $name`, ({ name, base, config, ...given }) => {
    it('are, to the bit, the files that their owner has loaded, with the same logits', async () => {
      const model = await loadModel(join(folders.models, base));
      const artifacts = await given.artifacts?.(model);
      const fresh = await createAdapter({
        model,
        method,
        config,
        seed: 11,
        name: 'default',
        ...(artifacts ? { artifacts } : {}),
      });
      const adapter = perturbed(fresh, 0.2);
      const device = await openDevice('tfjs-cpu');
      const placed = await placeModel(model, device);
      const logits = await adapterLogits({ placed, adapters: [{ adapter }], ids });
      await device.close();
      const kept = join(folders.cases, name);
      const work = await mkdtemp(join(tmpdir(), 'written-adapter-'));
      try {
        await saveAdapter(join(work, name), adapter, { baseModel: base });
        if (process.env['UPDATE_GOLDEN'] === '1') {
          await rm(kept, { recursive: true, force: true });
          await cp(join(work, name), kept, { recursive: true });
          const inputIds = {
            shape: [ids.length, ids[0]!.length],
            dtype: 'int32' as const,
            data: Int32Array.from(ids.flat()),
          };
          await writeSafetensors(
            join(kept, 'logits.safetensors'),
            { input_ids: inputIds, logits },
            { format: 'pt' },
          );
        }
        for (const file of ['adapter_config.json', method.files.tensorFile]) {
          expect(
            (await readFile(join(work, name, file))).equals(await readFile(join(kept, file))),
            file,
          ).toBe(true);
        }
        const { tensors } = await readSafetensors(join(kept, 'logits.safetensors'));
        expect(largestDifference(toHostTensor(tensors['logits']!, 'logits'), logits)).toBeLessThan(
          1e-5,
        );
      } finally {
        await rm(work, { recursive: true, force: true });
      }
    });
  });
}

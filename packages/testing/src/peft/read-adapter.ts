import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createLanguageModel, placeModel, toHostTensor } from '@tunesmith/models';
import { loadModel, readSafetensors } from '@tunesmith/models/node';
import {
  adapterFeeds,
  composeHooks,
  largestDifference,
  recordInputs,
  virtualTokens,
} from '@tunesmith/peft';
import { loadAdapter } from '@tunesmith/peft/node';
import type { Adapter, PeftMethod } from '@tunesmith/peft';
import { openDevice } from '@tunesmith/runtime/node';
import type { Device, HostTensor } from '@tunesmith/runtime';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/** An adapter that another program wrote, with what it computed. */
export interface ReadAdapterCase {
  /** Folder of the adapter: its files, `expected.safetensors`, and perhaps `inputs.safetensors`. */
  readonly folder: string;
  /** Folder of the base model. */
  readonly base: string;
}

/**
 * Shows that adapters of another program load, and give its logits within 1e-4 on the devices in the way that language models do.
 *
 * `expected.safetensors` holds `logits`, and perhaps the `base_logits` without the adapter; `input_ids`, and perhaps
 * `attention_mask` and `decoder_input_ids`, are there or in `inputs.safetensors`.
 */
export function testReadAdapter(
  methods: readonly PeftMethod[],
  { folder, base }: ReadAdapterCase,
): void {
  describe(`the adapter ${folder.split('/').filter(Boolean).at(-1)}`, () => {
    let device: Device;
    beforeAll(async () => {
      device = await openDevice('cpu');
    });
    afterAll(() => device.close());

    it('gives the logits of the program that wrote it', async () => {
      const model = await loadModel(base);
      const adapter = await loadAdapter(folder, { model, methods });
      const { inputs, logits, baseLogits } = await readCase(folder);
      const placed = await placeModel(model, device);
      const compute = async (adapters: readonly Adapter[]): Promise<HostTensor> => {
        const { input, keys } = virtualTokens(adapters);
        const language = createLanguageModel({
          placed,
          hooksFrom: composeHooks(adapters.map((one) => ({ adapter: one }))),
          extra: adapterFeeds(adapters),
          inputs: recordInputs(adapters),
          virtualTokens:
            keys > 0 ? { place: 'keys', count: keys } : { place: 'input', count: input },
        });
        const found = await language.logits(inputs.ids, inputs);
        await language.dispose();
        return found;
      };
      expect(largestDifference(await compute([adapter]), logits)).toBeLessThan(1e-4);
      if (baseLogits) expect(largestDifference(await compute([]), baseLogits)).toBeLessThan(1e-4);
    });
  });
}

type Rows = readonly (readonly number[])[];

async function readCase(folder: string): Promise<{
  inputs: { ids: Rows; attentionMask?: Rows; decoderIds?: Rows };
  logits: HostTensor;
  baseLogits?: HostTensor;
}> {
  const read = async (file: string): Promise<Record<string, HostTensor>> => {
    const { tensors } = await readSafetensors(join(folder, file));
    return Object.fromEntries(
      Object.entries(tensors).map(([name, tensor]) => [name, toHostTensor(tensor, name)]),
    );
  };
  const expected = await read('expected.safetensors');
  const given = existsSync(join(folder, 'inputs.safetensors'))
    ? await read('inputs.safetensors')
    : expected;
  const rows = (name: string): Rows | undefined => {
    const tensor = given[name];
    if (!tensor) return undefined;
    const [count = 0, width = 0] = tensor.shape;
    const values = Array.from(tensor.data);
    return Array.from({ length: count }, (_, i) => values.slice(i * width, (i + 1) * width));
  };
  const [ids, attentionMask, decoderIds] = ['input_ids', 'attention_mask', 'decoder_input_ids'].map(
    rows,
  );
  const { logits, base_logits: baseLogits } = expected;
  if (!ids || !logits) throw new RangeError(`${folder} holds no input_ids or no logits`);
  return {
    inputs: {
      ids,
      ...(attentionMask ? { attentionMask } : {}),
      ...(decoderIds ? { decoderIds } : {}),
    },
    logits,
    ...(baseLogits ? { baseLogits } : {}),
  };
}

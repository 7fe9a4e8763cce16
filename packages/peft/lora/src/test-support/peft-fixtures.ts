import { readFile } from 'node:fs/promises';
import { createLanguageModel, placeModel, toHostTensor } from '@tunesmith/models';
import type { Model } from '@tunesmith/models';
import { loadModel, readSafetensors } from '@tunesmith/models/node';
import { composeHooks, adapterFeeds } from '@tunesmith/peft';
import type { Adapter } from '@tunesmith/peft';
import type { Device, HostTensor } from '@tunesmith/runtime';

const local = (path: string): string => new URL(path, import.meta.url).pathname;

/** Folder of the adapters that Hugging Face PEFT wrote. */
export const peftFixtures = local('../../../../testing/fixtures/peft/');
const baseModels = local('../../../../models/test-support/fixtures/');

type Rows = readonly (readonly number[])[];

/** An adapter of PEFT's with its base model, and what PEFT computed with it. */
export interface PeftFixture {
  readonly directory: string;
  readonly base: Model;
  readonly ids: Rows;
  readonly attentionMask?: Rows;
  readonly decoderIds?: Rows;
  readonly logits: HostTensor;
  /** Of the base alone, where that was kept. */
  readonly baseLogits?: HostTensor;
}

/** Reads a fixture; its `base.json` names the base model, else its name begins with that of one beside it. */
export async function readPeftFixture(name: string): Promise<PeftFixture> {
  const directory = peftFixtures + name;
  const stated = await readFile(`${directory}/base.json`, 'utf8').catch(() => undefined);
  const base =
    stated === undefined
      ? `${peftFixtures}base_${name.split('_')[0]}`
      : baseModels + (JSON.parse(stated) as { base: string }).base;
  const { tensors: expected } = await readSafetensors(`${directory}/expected.safetensors`);
  const inputs =
    stated === undefined
      ? expected
      : (await readSafetensors(`${directory}/inputs.safetensors`)).tensors;
  const rows = (tensor: string): Rows | undefined => {
    const found = inputs[tensor];
    if (!found) return undefined;
    const [count = 0, length = 0] = found.shape;
    const data = Array.from(found.data as ArrayLike<number | bigint>, Number);
    return Array.from({ length: count }, (_, row) => data.slice(row * length, (row + 1) * length));
  };
  const [attentionMask, decoderIds] = [rows('attention_mask'), rows('decoder_input_ids')];
  const baseLogits = expected['base_logits'];
  return {
    directory,
    base: await loadModel(base),
    ids: rows('input_ids')!,
    ...(attentionMask ? { attentionMask } : {}),
    ...(decoderIds ? { decoderIds } : {}),
    logits: toHostTensor(expected['logits']!, 'logits'),
    ...(baseLogits ? { baseLogits: toHostTensor(baseLogits, 'base_logits') } : {}),
  };
}

/** The logits of a fixture's inputs from a model with some adapters. */
export async function fixtureLogits(
  { ids, attentionMask, decoderIds }: PeftFixture,
  device: Device,
  model: Model,
  adapters: readonly Adapter[] = [],
): Promise<HostTensor> {
  const placed = await placeModel(model, device);
  const language = createLanguageModel({
    placed,
    hooksFrom: composeHooks(adapters.map((adapter) => ({ adapter }))),
    extra: adapterFeeds(adapters),
  });
  try {
    return await language.logits(ids, {
      ...(attentionMask ? { attentionMask } : {}),
      ...(decoderIds ? { decoderIds } : {}),
    });
  } finally {
    await language.dispose();
    placed.dispose();
  }
}

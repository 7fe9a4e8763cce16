import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { placeModel } from '@tunesmith/models';
import type { Model, PlacedModel, RecordMeta } from '@tunesmith/models';
import { adapterLogits, createAdapter } from '@tunesmith/peft';
import type { Adapter, AdapterSwitch } from '@tunesmith/peft';
import { openDevice } from '@tunesmith/runtime/node';
import type { Device, HostTensor } from '@tunesmith/runtime';
import { afterAll, beforeAll } from 'vitest';
import { perturbed } from './perturb.ts';
import type { PeftMethodSuite } from './suite.ts';

/** Two documents that everything is tried on. */
export const ids = [
  [3, 14, 15, 9, 26, 5],
  [28, 0, 1, 2, 27, 18],
];

/** A method on a tiny model, as the tests of its suite use it. */
export interface Subject<Config extends object> {
  readonly suite: PeftMethodSuite<Config>;
  readonly model: Model;
  /** The records of {@link ids}, where the method reads of records; else none. */
  readonly records: readonly RecordMeta[];
  /** A fresh adapter. */
  create(seed: number, name?: string): Promise<Adapter<Config>>;
  /** An adapter whose trained values were moved, as training would. */
  trained(name?: string, seed?: number): Promise<Adapter<Config>>;
  /** Logits of {@link ids} with adapters, on the eager device. */
  run(...adapters: AdapterSwitch[]): Promise<HostTensor>;
  /** The eager device, once tests run. */
  device(): Device;
  /** The model on it. */
  placed(): PlacedModel;
  /** A folder to write to. */
  folder(name: string): string;
}

/** Opens the device before the tests of the surrounding `describe`, and closes it after them. */
export function openSubject<Config extends object>(
  suite: PeftMethodSuite<Config>,
  model: Model,
): Subject<Config> {
  const { method, config = {} } = suite;
  const records = (suite.records ?? []).map((meta, row) => ({ id: `${row}`, meta }));
  const create = async (seed: number, name = 'default'): Promise<Adapter<Config>> => {
    const artifacts = await suite.artifacts?.(model);
    return createAdapter({
      model,
      method,
      config,
      seed,
      name,
      ...(artifacts ? { artifacts } : {}),
    });
  };
  let eager: Device;
  let placed: PlacedModel;
  let directory: string;
  beforeAll(async () => {
    eager = await openDevice('tfjs-cpu');
    placed = await placeModel(model, eager);
    directory = await mkdtemp(join(tmpdir(), 'peft-method-'));
  });
  afterAll(async () => {
    await eager.close();
    await rm(directory, { recursive: true, force: true });
  });
  return {
    suite,
    model,
    records,
    create,
    trained: async (name = 'default', seed = 1) => perturbed(await create(0, name), 0.1, seed),
    run: (...adapters) => adapterLogits({ placed, adapters, ids, records }),
    device: () => eager,
    placed: () => placed,
    folder: (name) => join(directory, name),
  };
}

import type { Model } from '@tunesmith/models';
import { createAdapter, createArtifacts } from '@tunesmith/peft';
import type { Adapter, Artifacts, PeftMethod } from '@tunesmith/peft';
import type { BottleneckConfig } from '../../bottleneck/config.ts';

/** Adapters as the artifact that a fusion builds on. */
export function asArtifact(adapters: readonly Adapter[]): Artifacts {
  return createArtifacts({
    adapters: adapters.map((adapter) => async () => ({ kind: 'adapter' as const, adapter })),
  });
}

/**
 * The artifact `adapters` with two adapters of a method, `poems` and `letters`.
 *
 * @param train makes of a fresh adapter one as after training; it stays fresh if absent
 */
export async function twoAdapters(
  model: Model,
  method: PeftMethod<BottleneckConfig>,
  train: (adapter: Adapter, seed: number) => Adapter = (adapter) => adapter,
): Promise<Artifacts> {
  const make = async (name: string, seed: number): Promise<Adapter> => {
    const fresh = await createAdapter({ model, method, config: { size: 3 }, name, seed });
    return train(fresh as unknown as Adapter, seed);
  };
  return asArtifact([await make('poems', 1), await make('letters', 2)]);
}

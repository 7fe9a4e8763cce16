import type { Model } from '@tunesmith/models';
import { createAdapter, createArtifacts } from '@tunesmith/peft';
import type { Adapter, Artifacts, PeftMethod } from '@tunesmith/peft';
import { perturbed } from '@tunesmith/testing';
import type { BottleneckConfig } from '../../bottleneck/config.ts';

/** Adapters as the artifact that a fusion builds on. */
export function asArtifact(adapters: readonly Adapter[]): Artifacts {
  return createArtifacts({
    adapters: adapters.map((adapter) => async () => ({ kind: 'adapter' as const, adapter })),
  });
}

/** The artifact `adapters` with two adapters of a method, `poems` and `letters`; fresh, or as after training. */
export async function twoAdapters(
  model: Model,
  method: PeftMethod<BottleneckConfig>,
  { config = { size: 3 }, trained = false }: { config?: object; trained?: boolean } = {},
): Promise<Artifacts> {
  const make = async (name: string, seed: number): Promise<Adapter> => {
    const fresh = await createAdapter({ model, method, config, name, seed });
    return (trained ? perturbed(fresh, 0.3, seed) : fresh) as unknown as Adapter;
  };
  return asArtifact([await make('poems', 1), await make('letters', 2)]);
}

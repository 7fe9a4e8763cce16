import { TunesmithError, unknownName } from '@tunesmith/schema';
import type { Artifact, Artifacts } from './contract.ts';

/** Artifacts by name; each is read when it is asked for, and once. */
export function createArtifacts(
  readers: Readonly<Record<string, readonly (() => Promise<Artifact>)[]>>,
): Artifacts {
  const names = Object.keys(readers);
  const read = new Map<string, Promise<readonly Artifact[]>>();
  const all = (name: string): Promise<readonly Artifact[]> => {
    if (!Object.hasOwn(readers, name))
      throw unknownName({ package: '@tunesmith/peft', kind: 'artifact', name, names });
    const found = read.get(name) ?? Promise.all(readers[name]!.map((reader) => reader()));
    read.set(name, found);
    return found;
  };
  return {
    names,
    all: async (name) => all(name),
    async get(name) {
      const found = await all(name);
      if (found.length === 1) return found[0]!;
      throw new TunesmithError({
        package: '@tunesmith/peft',
        code: 'several-artifacts',
        message: `artifact "${name}" is ${found.length} artifacts, and the method takes one`,
        value: found.length,
        accepted: 'one folder',
      });
    },
  };
}

/** No artifact at all. */
export const noArtifacts: Artifacts = createArtifacts({});

import { createSeen } from './seen.ts';

/** Ids that rows have had, as 64-bit hashes: some 14 bytes for each id that a row brings itself, none for those that are given. */
export interface KnownIds {
  /**
   * What records of a file are called whose rows have no id, `<name>#<number of the row>`: the last part of its path, with the
   * folder before it where a file before was called so too.
   */
  nameOf(file: string): string;
  /** The id itself, or with `~2` after it where an earlier record has it; it is known from now on. */
  free(id: string, given: { name: string; index: number }): string;
}

/** Ids of no record yet. */
export function createKnownIds(): KnownIds {
  const seen = createSeen();
  const names = new Map<string, string>();
  return {
    nameOf(file) {
      const parts = file.split(/[/\\]/);
      for (let count = 1; ; count++) {
        const name = parts.slice(-count).join('/');
        const owner = names.get(name);
        if (owner !== undefined && owner !== file && count < parts.length) continue;
        names.set(name, file);
        return name;
      }
    },
    free(id, { name, index }) {
      // An id with the number of its own row is nobody else's; with that of an earlier one it is taken.
      if (id === `${name}#${index}` || id.startsWith(`${name}#${index}/`)) return id;
      const isGiven = id.startsWith(`${name}#`) && Number(id.slice(name.length + 1)) < index;
      let free = isGiven ? `${id}~2` : id;
      for (let again = isGiven ? 3 : 2; !seen.isNew(free); again++) free = `${id}~${again}`;
      return free;
    },
  };
}

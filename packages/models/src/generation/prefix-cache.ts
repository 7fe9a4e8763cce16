import { sizeOf, type DeviceTensor } from '@tunesmith/runtime';

/** Fewest tokens that are worth a call of their own. */
export const shortestPrefix = 16;

/** The beginning of a prompt whose keys and values are there; it stays until it is released. */
export interface HeldPrefix {
  /** How many tokens of the prompt. */
  readonly length: number;
  /** Keys and values of one row, `[1, columns, kvHeads, headDim]` each; columns after `length` are of other tokens. */
  readonly heads: Readonly<Record<string, DeviceTensor>>;
  release(): void;
}

/** Keys and values of prompts' beginnings. */
export interface PrefixCache {
  /**
   * The longest beginning of a prompt that is there.
   *
   * @param owner what besides tokens the keys and values hang on: the key of the prompt's record
   */
  longest(ids: readonly number[], owner: string): HeldPrefix | undefined;
  /** Keeps the keys and values of a row, or gives them back at once where they are too large or there already. */
  keep(ids: readonly number[], owner: string, heads: Readonly<Record<string, DeviceTensor>>): void;
  /** Bytes that are kept. */
  bytes(): number;
  /** Gives all memory back. */
  clear(): void;
}

interface Entry {
  readonly ids: readonly number[];
  readonly owner: string;
  readonly heads: Readonly<Record<string, DeviceTensor>>;
  readonly bytes: number;
  users: number;
  isGone: boolean;
}

/** Tokens that sequences have in common at their beginning. */
export function commonLength(one: readonly number[], other: readonly number[]): number {
  const length = Math.min(one.length, other.length);
  for (let i = 0; i < length; i++) if (one[i] !== other[i]) return i;
  return length;
}

function dispose(heads: Readonly<Record<string, DeviceTensor>>): void {
  for (const tensor of Object.values(heads)) tensor.dispose();
}

/**
 * A cache of prefixes; those used longest ago leave first.
 *
 * @param most bytes of keys and values, in float32
 */
export function createPrefixCache(most: number): PrefixCache {
  // The last is the most recent.
  let entries: Entry[] = [];
  const total = (): number => entries.reduce((sum, { bytes }) => sum + bytes, 0);
  const drop = (entry: Entry): void => {
    entries = entries.filter((one) => one !== entry);
    entry.isGone = true;
    if (entry.users === 0) dispose(entry.heads);
  };
  return {
    longest(ids, owner) {
      let best: Entry | undefined;
      let length = 0;
      for (const entry of entries) {
        const common = entry.owner === owner ? commonLength(entry.ids, ids) : 0;
        if (common > length) [best, length] = [entry, common];
      }
      if (!best) return undefined;
      const entry = best;
      entries = [...entries.filter((one) => one !== entry), entry];
      entry.users += 1;
      return {
        length,
        heads: entry.heads,
        release() {
          entry.users -= 1;
          if (entry.isGone && entry.users === 0) dispose(entry.heads);
        },
      };
    },
    keep(ids, owner, heads) {
      const bytes = Object.values(heads).reduce((sum, { shape }) => sum + 4 * sizeOf(shape), 0);
      const own = entries.filter((entry) => entry.owner === owner);
      const isThere = own.some((entry) => commonLength(entry.ids, ids) === ids.length);
      if (isThere || bytes > most) {
        dispose(heads);
        return;
      }
      for (const entry of own) if (commonLength(entry.ids, ids) === entry.ids.length) drop(entry);
      while (total() + bytes > most) drop(entries[0]!);
      entries = [...entries, { ids: [...ids], owner, heads, bytes, users: 0, isGone: false }];
    },
    bytes: total,
    clear() {
      for (const entry of entries) drop(entry);
    },
  };
}

import { deserialize, serialize } from 'node:v8';
import { growingNumbers, isPackable, packed, unpacked, type GrowingList } from '@tunesmith/schema';
import { openUnnamedFile, type UnnamedFile } from '@tunesmith/schema/node';
import type { OpenList } from './lists.ts';

/** Bytes up to which a list keeps its things in memory once they were read. */
const heldBytes = 8 * 2 ** 20;

/** Lists that take little memory, however much is put into them. */
export interface Spilling {
  readonly openList: OpenList;
  /** Gives the disk's room back; what lies there can no longer be read. */
  close(): void;
}

/**
 * Lists whose things lie as bytes in a file without a name, twelve bytes of memory each: JSON with arrays of numbers beside it, and
 * structured clones of what that does not hold. The things of a short list stay in memory once they were read, and are the same ones each time.
 *
 * @param most bytes of a short list
 */
export function openSpilling(most = heldBytes): Spilling {
  const files: UnnamedFile[] = [];
  return {
    openList<Item>() {
      const file = openUnnamedFile();
      files.push(file);
      return listOver<Item>(file, most);
    },
    close: () => files.forEach((file) => file.close()),
  };
}

function listOver<Item>(file: UnnamedFile, most: number): GrowingList<Item> {
  const starts = growingNumbers(Float64Array);
  // Below zero where the bytes are a structured clone's.
  const sizes = growingNumbers(Int32Array);
  let bytesSoFar = 0;
  // Things are kept when they are read, not when they are put here: V8 makes things elsewhere, and lets them lie longer, whose like it saw stay.
  let held: Item[] = [];
  // What is used several times in a row stays one thing.
  let last: { place: number; item: Item } | undefined;
  const read = (index: number): Item => {
    const size = sizes.at(index)!;
    const bytes = file.read(starts.at(index)!, Math.abs(size));
    return (size < 0 ? deserialize(bytes) : unpacked(bytes)) as Item;
  };
  const at = (index: number): Item | undefined => {
    if (index >= starts.length) return undefined;
    if (bytesSoFar <= most) return (held[index] ??= read(index));
    if (last?.place !== index) last = { place: index, item: read(index) };
    return last.item;
  };
  return {
    get length() {
      return starts.length;
    },
    at,
    push(item) {
      const isPlain = isPackable(item);
      const bytes = isPlain ? packed(item) : serialize(item);
      bytesSoFar += bytes.length;
      if (bytesSoFar > most && held.length > 0) held = [];
      starts.push(file.append(bytes));
      sizes.push(isPlain ? bytes.length : -bytes.length);
    },
    *[Symbol.iterator]() {
      for (let index = 0; index < starts.length; index++) yield at(index)!;
    },
  };
}

import { deserialize, serialize } from 'node:v8';
import { growingNumbers, type GrowingList } from '@tunesmith/schema';
import { openUnnamedFile, type UnnamedFile } from '@tunesmith/schema/node';
import type { OpenList } from './lists.ts';

/** What a list keeps in memory before it goes on on the disk, in bytes of structured clones. */
const heldBytes = 8 * 2 ** 20;

/** Lists that take little memory, however much is put into them. */
export interface Spilling {
  readonly openList: OpenList;
  /** Gives the disk's room back; what lies there can no longer be read. */
  close(): void;
}

/**
 * Lists whose first things stay in memory, as they are, and whose others lie as structured clones in a file without a name, twelve
 * bytes of memory each.
 *
 * @param most bytes that each keeps in memory
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
  const held: Item[] = [];
  let heldSoFar = 0;
  const starts = growingNumbers(Float64Array);
  const sizes = growingNumbers(Uint32Array);
  // What is used several times in a row stays one thing.
  let last: { place: number; item: Item } | undefined;
  const at = (index: number): Item | undefined => {
    if (index < held.length) return held[index];
    const place = index - held.length;
    const [start, size] = [starts.at(place), sizes.at(place)];
    if (start === undefined || size === undefined) return undefined;
    if (last?.place !== place) last = { place, item: deserialize(file.read(start, size)) as Item };
    return last.item;
  };
  const length = (): number => held.length + starts.length;
  return {
    get length() {
      return length();
    },
    at,
    push(item) {
      const bytes = serialize(item);
      heldSoFar += bytes.length;
      if (heldSoFar <= most) held.push(item);
      else {
        starts.push(file.append(bytes));
        sizes.push(bytes.length);
      }
    },
    *[Symbol.iterator]() {
      for (let index = 0; index < length(); index++) yield at(index)!;
    },
  };
}
